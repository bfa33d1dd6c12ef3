#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/storage/run_directory.hpp"

namespace echelon::toy {

/// A run without a network: its state after sweep t is a function of the state before, so that a
/// resume that loses or repeats a sweep, or mixes up replicas, changes everything after it.
inline constexpr int chains = 2;
inline constexpr int rungs = 3;

inline std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15U;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

inline double unit(std::uint64_t x) { return static_cast<double>(x >> 11) * 0x1p-53; }

inline Schema schema() {
  const Dimension chain{"chain", chains}, rung{"rung", rungs};
  return {{
      {"/trace",
       "/trace",
       "sweep",
       {{"train_loss", ElementType::real64, {chain, rung}, 2, "", "mean training loss"}}},
      {"/ladder/sweep",
       "/ladder",
       "sweep",
       {{"replica_at", ElementType::int64, {chain, rung}, 2, "", "replica at a rung"}}},
      {"/ladder/round",
       "/ladder",
       "round",
       {{"beta", ElementType::real64, {rung}, 0, "", "inverse scale"},
        {"last_sweep", ElementType::int64, {}, 0, "", "last sweep of the round", "sweep"}}},
      {"/ladder/now",
       "/ladder",
       "",
       {{"step", ElementType::real64, {rung}, 0, "", "latest step size"}}},
      {"/sample_stats",
       "/sample_stats",
       "draw",
       {{"lp", ElementType::real64, {chain}, 1, "", "log density"},
        {"sweep", ElementType::int64, {}, 0, "", "sweep of the draw"}},
       {"sweep"}},
      {"/posterior",
       "/posterior",
       "draw",
       {{"W1", ElementType::real32, {chain, {"W1_out", 2}, {"W1_in", 3}}, 1, "", "weights"},
        {"sweep", ElementType::int64, {}, 0, "", "sweep of the draw"}},
       {"sweep"}},
  }};
}

inline RunDescription description() {
  return {schema(),
          {{{"run.seed", "1"}, {"run.warmup", "0"}}, {{"run.sweeps", "60"}}},
          "d474",
          "[run]\nseed = 1\n",
          {{"title", std::string("toy")}, {"seed", std::int64_t{1}}},
          "toy 1.0",
          "none"};
}

struct Run {
  std::int64_t sweep = 0;
  std::vector<std::uint64_t> state = std::vector<std::uint64_t>(chains * rungs, 1);

  static Run from(const std::optional<Snapshot>& snapshot) {
    Run run;
    if (!snapshot) return run;
    run.sweep = snapshot->sweep;
    for (std::size_t i = 0; i < run.state.size(); ++i)
      run.state[i] = static_cast<std::uint64_t>(
          snapshot->replicas.at(i).get_scalar<std::int64_t>("deep/state"));
    return run;
  }

  void step() {
    ++sweep;
    for (std::size_t i = 0; i < state.size(); ++i)
      state[i] = mixed(state[i] + i * 0x10001U + static_cast<std::uint64_t>(sweep));
  }

  std::vector<Archive> per_chain(const std::string& name, std::uint64_t salt) const {
    std::vector<Archive> row(chains);
    for (std::size_t c = 0; c < chains; ++c) {
      std::vector<double> values;
      for (std::size_t r = 0; r < rungs; ++r)
        values.push_back(unit(mixed(state[c * rungs + r] + salt)));
      row[c].put(name, values);
    }
    return row;
  }

  void record(RunDirectory& directory) const {
    directory.record("/trace", per_chain("train_loss", 1));
    std::vector<Archive> places(chains), stats(chains), weights(chains);
    for (std::size_t c = 0; c < chains; ++c) {
      places[c].put("replica_at",
                    std::vector<std::int64_t>{sweep % 3, 1, static_cast<std::int64_t>(c)});
      stats[c].put("lp", unit(state[c]));
      stats[c].put("sweep", sweep);
      std::vector<float> w;
      for (std::uint64_t i = 0; i < 6; ++i)
        w.push_back(static_cast<float>(unit(mixed(state[c] + i))));
      weights[c].put("W1", w);
      weights[c].put("sweep", sweep);
    }
    directory.record("/ladder/sweep", places);
    if (sweep % 2 == 0) directory.record("/sample_stats", stats);
    if (sweep % 4 == 0) directory.record("/posterior", weights);
    if (sweep % 10 != 0) return;
    Archive round, now;
    round.put("beta", std::vector<double>{0, unit(state[0]), 1});
    round.put("sweep", sweep);
    now.put("step", std::vector<double>{1, 2, static_cast<double>(sweep)});
    directory.record("/ladder/round", std::vector{round});
    directory.record("/ladder/now", std::vector{now});
  }

  Snapshot snapshot() const {
    Snapshot result{sweep, {}, {}};
    result.common.put("beta", std::vector<double>{0, .5, 1});
    result.common.put("nothing", std::vector<double>{});
    for (const auto value : state) {
      Archive archive;
      archive.put("deep/state", static_cast<std::int64_t>(value));
      archive.put("w", std::vector<float>{1, 2, 3});
      result.replicas.push_back(archive);
    }
    return result;
  }
};

/// Goes on to `sweeps`, committing after every `interval` sweeps counted from zero and at the end.
/// A commit that fails is tried again after the next sweep. Returns how many failed since the last
/// success, at most three: then it gives up.
inline int advance(RunDirectory& directory, Run& run, std::int64_t sweeps, std::int64_t interval) {
  if (run.sweep == 0 && !directory.resumed()) run.record(directory);
  int failures = 0;
  while (run.sweep < sweeps && failures < 3) {
    run.step();
    run.record(directory);
    if (failures > 0 || run.sweep % interval == 0 || run.sweep == sweeps)
      failures = directory.commit(run.snapshot()) ? 0 : failures + 1;
  }
  while (failures > 0 && failures < 3)
    failures = directory.commit(run.snapshot()) ? 0 : failures + 1;
  return failures;
}

}  // namespace echelon::toy
