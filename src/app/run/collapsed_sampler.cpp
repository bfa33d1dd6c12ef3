#include "echelon/sampler/collapsed_target.hpp"
#include "echelon/sampler/network_target.hpp"
#include "kernel_options.hpp"
#include "models.hpp"
#include "sampler_of.hpp"

namespace echelon {
namespace {

/// The estimator `collapsed`.
template <class Real>
struct CollapsedKit {
  using Target = CollapsedTarget<NetworkLoss<Real>, WeightMoves<Real>>;
  using Materials = echelon::Materials<Real>;
  static constexpr bool exactly_invariant = true;

  static Target make(const SamplerInput& input, const Materials& materials,
                     const Communicator& team) {
    const auto& [network, prior, temperatures, start] = input.parts;
    auto models = materials.models(network, team);
    CollapsedOptions options{.start = start_of(input.config),
                             .adaptation = step_adaptation_of(input.config),
                             .step = input.config.per_layer("kernel.step")};
    const NetworkObserver<Real> observer(models.train, models.test, prior,
                                         input.config.reals("temperature.a").back());
    return Target(std::move(models.train), materials.moves, temperatures,
                  head_prior(network, prior), std::move(options), observer.observer());
  }
};

}  // namespace

std::unique_ptr<Sampler> make_collapsed_sampler(const SamplerInput& input) {
  if (input.config.text("run.precision") == "double")
    return std::make_unique<SamplerOf<CollapsedKit<double>>>(input);
  return std::make_unique<SamplerOf<CollapsedKit<float>>>(input);
}

}  // namespace echelon
