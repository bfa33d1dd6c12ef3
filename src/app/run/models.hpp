#pragma once

#include <memory>
#include <optional>

#include "echelon/model/network_loss.hpp"
#include "echelon/sampler/weight_moves.hpp"
#include "kernel_options.hpp"
#include "sampler.hpp"

namespace echelon {

/// The network on both splits, for one team; `test` is null without test samples.
template <class Real>
struct Models {
  std::shared_ptr<const NetworkLoss<Real>> train, test;
};

/// The proposals of [kernel]. Collective over the world when they follow the inputs.
template <class Real>
WeightMoves<Real> make_moves(const SamplerInput& input) {
  auto moves = moves_of<Real>(input.config, input.parts.prior, input.parts.start);
  if (input.config.text("kernel.precondition") == "inputs")
    moves.follow(input_spectrum(input.data.train, input.world));
  if (!input.config.is_auto("kernel.target-acceptance"))
    moves.tune_for(input.config.real("kernel.target-acceptance"));
  return moves;
}

/// What targets of any team are made of: all that is read from the inputs, which are not needed
/// any more. Collective over the world.
template <class Scalar>
struct Materials {
  using Real = Scalar;

  explicit Materials(const SamplerInput& input)
      : train(input.data.train, input.node), moves(make_moves<Real>(input)) {
    if (input.data.test.samples > 0) test.emplace(input.data.test, input.node);
  }

  /// Collective over the team.
  Models<Real> models(const Network& network, const Communicator& team) const {
    using Model = const NetworkLoss<Real>;
    return {std::make_shared<Model>(network, train, team),
            test ? std::make_shared<Model>(network, *test, team) : nullptr};
  }

  PackedSplit<Real> train;
  std::optional<PackedSplit<Real>> test;
  WeightMoves<Real> moves;
};

}  // namespace echelon
