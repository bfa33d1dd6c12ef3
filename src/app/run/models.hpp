#pragma once

#include <memory>

#include "echelon/model/network_loss.hpp"
#include "echelon/sampler/weight_moves.hpp"
#include "kernel_options.hpp"
#include "sampler.hpp"

namespace echelon {

/// The network on both splits, packed for one team; `test` is null without test samples.
template <class Real>
struct Models {
  std::shared_ptr<const NetworkLoss<Real>> train, test;
};

/// Collective over the node and the team.
template <class Real>
Models<Real> make_models(const SamplerInput& input, const Communicator& team) {
  const auto model = [&](const Split& split) {
    return std::make_shared<const NetworkLoss<Real>>(input.parts.network, split, input.node, team);
  };
  return {model(input.data.train), input.data.test.samples > 0 ? model(input.data.test) : nullptr};
}

/// The proposals of [kernel]. Collective over the world when they follow the inputs.
template <class Real>
WeightMoves<Real> make_moves(const SamplerInput& input) {
  auto moves = moves_of<Real>(input.config, input.parts.prior, input.parts.start);
  if (input.config.text("kernel.precondition") == "inputs")
    moves.follow(input_spectrum(input.data.train, input.world));
  return moves;
}

}  // namespace echelon
