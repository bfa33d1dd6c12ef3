#include "pilot.hpp"

#include <algorithm>

namespace echelon {
namespace {

/// The first samples only; inputs where the split has them.
Split first_samples(const Split& split, int most) {
  Split few = split;
  few.samples = std::min(split.samples, most);
  const auto cut = [&](Matrix<float>& values) {
    if (values.cols() > 0) values.conservativeResize(Eigen::NoChange, few.samples);
  };
  cut(few.inputs);
  cut(few.targets);
  if (!few.labels.empty()) few.labels.resize(static_cast<std::size_t>(few.samples));
  return few;
}

}  // namespace

PilotRun run_pilot(const SamplerInput& input, Options options, const Ladder& ladder) {
  constexpr int samples = 1000;
  constexpr std::int64_t sweeps = 112;  // rounds of 16, 32 and 64
  Dataset few{first_samples(input.data.train, samples), {}, input.data.classes, {}};
  const SamplerInput pilot{input.config, input.parts, few, input.world, input.node};
  options.warmup = sweeps;
  options.rounds = 0;
  options.sweeps = sweeps;
  options.thin = options.thin_weights = sweeps;
  options.max_seconds = 15;
  PilotRun out;
  out.samples = few.train.samples;
  double losses = 0;
  options.progress = [&](const Progress& now) {
    out.sweeps = now.sweep;
    out.hot_loss = (losses += now.losses.front()) / static_cast<double>(now.sweep);
    out.barrier = now.barrier;
    out.swap_acceptance = now.swap_acceptance;
  };
  NoSink none;
  make_sampler(pilot)->run(options, ladder, &none, nullptr, false);
  return out;
}

}  // namespace echelon
