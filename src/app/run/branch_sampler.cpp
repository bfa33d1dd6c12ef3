#include "echelon/sampler/network_target.hpp"
#include "kernel_options.hpp"
#include "models.hpp"
#include "sampler_of.hpp"

namespace echelon {
namespace {

BranchOptions branch_options(const Config& config) {
  BranchOptions out;
  const bool paper = config.text("kernel.estimator") == "paper";
  out.estimator = paper ? Estimator::paper : Estimator::bridge;
  out.leapfrog = static_cast<int>(config.integer("kernel.leapfrog"));
  out.inner_steps = static_cast<int>(config.integer("kernel.inner-steps"));
  out.switching = config.flag("kernel.round-trip") ? Switching::round_trip : Switching::one_way;
  out.start = start_of(config);
  out.adaptation = step_adaptation_of(config);
  out.step = config.per_layer("kernel.step");
  if (!config.flag("run.early-refusal")) out.refusal = Refusal::at_the_end;
  if (!paper && initial_ladder(config).rungs() > 1 && config.text("prior.kind") == "gaussian") {
    out.inner_rungs = static_cast<int>(config.integer("bounds.inner-rungs"));
    out.inner_every = config.integer("run.thin-weights");
  }
  return out;
}

/// The estimators `paper` and `bridge`.
template <class Real>
struct BranchKit {
  using Target = NetworkTarget<Real>;
  using Materials = echelon::Materials<Real>;
  static constexpr bool exactly_invariant = true;

  static Target make(const SamplerInput& input, const Materials& materials,
                     const Communicator& team) {
    const auto& [network, prior, temperatures, start] = input.parts;
    auto models = materials.models(network, team);
    const NetworkObserver<Real> observer(models.train, models.test, prior,
                                         input.config.reals("temperature.a").back());
    return Target(std::move(models.train), materials.moves, temperatures,
                  branch_options(input.config), observer.observer());
  }
};

}  // namespace

std::unique_ptr<Sampler> make_branch_sampler(const SamplerInput& input) {
  check_swaps(branch_options(input.config), input.parts.temperatures,
              initial_ladder(input.config).rungs());
  if (input.config.text("run.precision") == "double")
    return std::make_unique<SamplerOf<BranchKit<double>>>(input);
  return std::make_unique<SamplerOf<BranchKit<float>>>(input);
}

}  // namespace echelon
