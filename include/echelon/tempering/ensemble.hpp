#pragma once

#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/partition.hpp"
#include "echelon/tempering/ledger.hpp"
#include "echelon/tempering/mailroom.hpp"
#include "echelon/tempering/target.hpp"

namespace echelon {

/// The replicas of the run, in blocks over the ranks of `world` or each shared by a team of them
/// (see Placement). Which rung a replica explores is the ledger's business; weights never move
/// between ranks. Every method is collective over `world` unless it says otherwise.
template <Target T>
class Ensemble {
 public:
  using State = typename T::State;
  /// Builds the target of one team; every rank calls it at the same time, for its own team.
  using MakeTarget = std::function<T(const Communicator& team)>;

  /// Places `replicas` replicas; they hold no state until start() or scatter(). `spent` is the
  /// account of an ensemble before this one.
  Ensemble(const Communicator& world, std::uint64_t seed, int replicas, const MakeTarget& make,
           TimeSpent spent = {})
      : world_(world),
        seed_(seed),
        spent_(std::move(spent)),
        placement_(world, replicas),
        mail_(world, placement_, replicas, spent_),
        target_(make(placement_.team())) {}

  Ensemble(const Ensemble&) = delete;
  Ensemble& operator=(const Ensemble&) = delete;

  T& target() { return target_; }
  Range mine() const { return placement_.replicas(); }
  const TimeSpent& spent() const { return spent_; }

  /// The states at sweep 0.
  void start() {
    states_.clear();
    for (int replica = mine().begin; replica < mine().end; ++replica)
      states_.push_back(target_.start(turn(replica, 0)));
  }

  /// One sweep of every replica at its rung.
  void explore(const Ledger& ledger) {
    for (int replica = mine().begin; replica < mine().end; ++replica) {
      const Rung here = ledger.here(replica);
      if (here.beta == 0)
        target_.refresh(state(replica), here, turn(replica, ledger.sweep));
      else
        target_.explore(state(replica), here, turn(replica, ledger.sweep));
    }
  }

  /// Whether the target wants to know which samples are difficult before this sweep, the first of
  /// the process or not.
  bool arranges(std::int64_t sweep, bool first) const {
    if constexpr (ArrangingTarget<T>) return target_.arranges(sweep, first);
    return false;
  }
  /// Lets it know which are for a replica.
  void arrange(int replica) {
    if constexpr (ArrangingTarget<T>) {
      Archive answer = ask(replica, [](T& target, State& state) {
        Archive archive;
        archive.put("difficulty", target.difficulty(state));
        return archive;
      });
      std::vector<std::byte> bytes = answer.to_bytes();
      world_.broadcast_bytes(bytes);
      target_.arrange(states_, Archive::from_bytes(bytes).template get<double>("difficulty"));
    }
  }

  /// Energies and reports of all replicas, and with `exchanging` their log ratios, in one
  /// all-gather that also carries this rank's signals.
  Census census(const Ledger& ledger, bool exchanging, Signal signals, double wall) {
    std::vector<double> rows;
    std::vector<double> report(static_cast<std::size_t>(target_.report_size()));
    for (int replica = mine().begin; replica < mine().end; ++replica) {
      rows.push_back(target_.energy(state(replica)));
      const auto began = Clock::now();
      rows.push_back(log_ratio(ledger, replica, exchanging));
      spent_.swap_terms += std::chrono::duration<double>(Clock::now() - began).count();
      target_.report(std::as_const(state(replica)), report);
      rows.insert(rows.end(), report.begin(), report.end());
    }
    return mail_.share(rows, signals, wall);
  }

  /// Tells a replica that it moved, if it lives here. Not collective.
  void arrive(int replica, Rung here, Rung there) {
    if (mine().contains(replica)) target_.arrive(state(replica), here, there);
  }

  /// What `describe(target, state)` says of one replica: computed by its team, returned on the
  /// world's root, empty elsewhere.
  template <class Describe>
  Archive ask(int replica, const Describe& describe) {
    Archive answer;
    if (mine().contains(replica)) answer = describe(target_, state(replica));
    return mail_.to_root(replica, answer);
  }

  /// Every replica packed, in replica order, on the world's root; empty elsewhere. Error(internal)
  /// when what a replica has cached is not, bit for bit, what its weights give: then going on and
  /// resuming would part ways, and one of the two is wrong.
  std::vector<Archive> gather() {
    std::vector<Archive> packed;
    for (int replica = mine().begin; replica < mine().end; ++replica) {
      packed.push_back(target_.pack(state(replica)));
      const bool same = repacked(packed.back()).to_bytes() == packed.back().to_bytes();
      require(same, ExitCode::internal,
              "the cached values of replica {} are not those of its weights (a defect of this "
              "program) please report it",
              replica);
    }
    return mail_.gather(packed);
  }

  /// Takes the replicas' states from the world's root.
  void scatter(const std::vector<Archive>& packed) {
    states_.clear();
    for (const Archive& archive : mail_.scatter(packed)) states_.push_back(target_.unpack(archive));
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// What a run that is resumed from this archive would pack.
  Archive repacked(const Archive& packed) {
    try {
      return target_.pack(target_.unpack(packed));
    } catch (const Error& misfit) {
      fail(ExitCode::internal,
           fmt::format("a replica's state contradicts itself ({})", misfit.what()));
    }
  }
  State& state(int replica) { return states_[static_cast<std::size_t>(replica - mine().begin)]; }
  Turn turn(int replica, std::int64_t sweep) const {
    return {seed_, static_cast<std::uint32_t>(replica), static_cast<std::uint64_t>(sweep)};
  }
  double log_ratio(const Ledger& ledger, int replica, bool exchanging) {
    const Rung here = ledger.here(replica);
    const Rung there = ledger.there(replica);
    if (!exchanging || here.index == there.index) return std::numeric_limits<double>::quiet_NaN();
    return target_.log_ratio(state(replica), here, there, turn(replica, ledger.sweep));
  }

  Communicator world_;
  std::uint64_t seed_;
  TimeSpent spent_;
  Placement placement_;
  Mailroom mail_;
  T target_;
  std::vector<State> states_;
};

}  // namespace echelon
