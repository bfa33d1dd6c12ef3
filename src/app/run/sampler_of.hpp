#pragma once

#include <chrono>
#include <utility>

#include "echelon/tempering/certifier.hpp"
#include "echelon/tempering/driver.hpp"
#include "sampler.hpp"

namespace echelon {

/// The sampler around one type of target. A Kit says how to build it:
///     typename Kit::Target;   typename Kit::Materials, made of a SamplerInput;
///     static Target make(const SamplerInput&, const Materials&, const Communicator& team);
///     static constexpr bool exactly_invariant;   for some temperatures at least (check_certify)
template <class Kit>
class SamplerOf final : public Sampler {
 public:
  explicit SamplerOf(const SamplerInput& input) : input_(input) {}

  Vocabulary vocabulary() const override {
    Dataset one{one_sample(input_.data.train), {}, input_.data.classes, {}};
    const SamplerInput alone{input_.config, input_.parts, one, {}, {}};
    auto target = Kit::make(alone, typename Kit::Materials(alone), Communicator());
    auto state = target.start({});
    return {target.report_names(), target.statistics(state)};
  }

  Outcome run(const Options& options, const Ladder& ladder, OutputSink* sink,
              const Snapshot* snapshot, bool resumes) const override {
    Driver<typename Kit::Target, OutputSink> driver(input_.world, options, last_maker(), sink);
    return resumes ? driver.resume(snapshot) : driver.run(ladder);
  }

  Outcome certify(const CertifyOptions& options, const Ladder& ladder, RunDirectory* sink,
                  const Snapshot* snapshot, bool resumes) const override {
    if constexpr (Kit::exactly_invariant) {
      Certifier<typename Kit::Target, RunDirectory> certifier(input_.world, options, ladder,
                                                              last_maker(), sink);
      return resumes ? certifier.resume(snapshot) : certifier.run();
    } else {
      fail(ExitCode::usage, "this estimator's kernels are not exactly invariant");
    }
  }

  double time_sweep(const Options& options, const Ladder& ladder) const override {
    using Clock = std::chrono::steady_clock;
    constexpr int most_sweeps = 20;
    constexpr double enough_seconds = 2;
    const int replicas = ladder.rungs() * options.ladders;
    Ensemble<typename Kit::Target> ensemble(input_.world, options.seed, replicas, maker());
    Ledger ledger(ladder, options.ladders, ensemble.target().report_size());
    ensemble.start();
    const auto began = Clock::now();
    double seconds = 0;
    std::int64_t enough = 0;
    while (ledger.sweep < most_sweeps && enough == 0) {
      ++ledger.sweep;
      ensemble.explore(ledger);
      seconds = std::chrono::duration<double>(Clock::now() - began).count();
      enough = input_.world.all_max(seconds > enough_seconds ? 1 : 0);
    }
    return seconds / static_cast<double>(ledger.sweep);
  }

 private:
  /// Makes targets, each for a team, one after the other.
  auto maker() const {
    return [input = input_, materials = typename Kit::Materials(input_)](const Communicator& team) {
      return Kit::make(input, materials, team);
    };
  }

  /// The last maker that the data is needed for.
  auto last_maker() const {
    auto result = maker();
    for (Split* split : {&input_.data.train, &input_.data.test}) split->inputs.resize(0, 0);
    return result;
  }

  /// A split of one sample of zeros: enough for a target that is only asked what things are called.
  static Split one_sample(const Split& split) {
    Split one;
    one.samples = 1;
    one.features = split.features;
    one.inputs = Matrix<float>::Zero(split.features, 1);
    if (!split.labels.empty()) one.labels = {0};
    if (split.targets.size() > 0) one.targets = Matrix<float>::Zero(split.targets.rows(), 1);
    return one;
  }

  SamplerInput input_;
};

}  // namespace echelon
