#include "echelon/sampler/annealed_target.hpp"
#include "echelon/sampler/network_target.hpp"
#include "kernel_options.hpp"
#include "models.hpp"
#include "sampler_of.hpp"

namespace echelon {
namespace {

/// The estimator `annealed`; kernel.inner-steps is the work of one anneal, particles x levels.
template <class Real>
struct AnnealedKit {
  using Target = AnnealedTarget<NetworkLoss<Real>, WeightMoves<Real>>;
  using Materials = echelon::Materials<Real>;
  static constexpr bool exactly_invariant = false;

  static Target make(const SamplerInput& input, const Materials& materials,
                     const Communicator& team) {
    const auto& [network, prior, temperatures, start] = input.parts;
    const auto& config = input.config;
    auto models = materials.models(network, team);
    const auto particles = static_cast<int>(config.integer("kernel.particles"));
    const AnnealedOptions options{
        .levels = static_cast<int>(config.integer("kernel.inner-steps")) / particles,
        .particles = particles,
        .start = start_of(config),
        .adaptation = step_adaptation_of(config),
        .step = config.per_layer("kernel.step")};
    const NetworkObserver<Real> observer(models.train, models.test, prior,
                                         config.reals("temperature.a").back());
    return Target(std::move(models.train), materials.moves, temperatures, options,
                  observer.observer());
  }
};

}  // namespace

std::unique_ptr<Sampler> make_annealed_sampler(const SamplerInput& input) {
  if (input.config.text("run.precision") == "double")
    return std::make_unique<SamplerOf<AnnealedKit<double>>>(input);
  return std::make_unique<SamplerOf<AnnealedKit<float>>>(input);
}

}  // namespace echelon
