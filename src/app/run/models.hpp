#pragma once

#include <memory>

#include "echelon/model/network_loss.hpp"
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

}  // namespace echelon
