#pragma once

#include <cmath>
#include <cstdint>

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"
#include "echelon/sampler/branch_options.hpp"
#include "echelon/sampler/point.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {

/// The temperatures, once there is one per layer of the model; Error(usage) otherwise.
template <LayeredLoss Model>
const Temperatures& matching(const Temperatures& temperatures, const Model& model) {
  require(model.depth() == temperatures.depth(), ExitCode::usage,
          "{} temperatures for a network of {} layers (give one per layer)", temperatures.depth(),
          model.depth());
  return temperatures;
}

/// The point of sweep 0: the reference matrices, or a draw from the prior. Error(internal) when its
/// loss is not finite.
template <LayeredLoss Model, class Moves>
Point<Model> starting_point(const Model& model, const Moves& moves, Start start, Turn turn) {
  Point<Model> point;
  Stream stream(turn.address(Purpose::start));
  for (int k = 0; k < model.depth(); ++k) {
    point.weights.push_back(moves.reference(k));
    if (start == Start::prior) moves.draw(k, stream, point.weights.back());
  }
  evaluate(model, point);
  require(std::isfinite(point.loss), ExitCode::internal,
          "the mean training loss at the start is {} (weights or data are out of range) scale the "
          "data or start elsewhere",
          point.loss);
  return point;
}

/// Sets the point to an exact draw from the prior, given a finite loss; returns how many draws were
/// refused for their loss. Error(internal) after too many in a row.
template <LayeredLoss Model, class Moves>
std::int64_t draw_from_prior(const Model& model, const Moves& moves, Turn turn,
                             Point<Model>& point) {
  constexpr std::int64_t patience = 100;
  Stream stream(turn.address(Purpose::reference));
  for (std::int64_t refused = 0; refused < patience; ++refused) {
    for (int k = 0; k < model.depth(); ++k) moves.draw(k, stream, point.weights[at(k)]);
    evaluate(model, point);
    if (std::isfinite(point.loss)) return refused;
  }
  fail(ExitCode::internal,
       fmt::format("{} draws from the prior in a row gave a mean training loss that is not finite "
                   "(the last is {}) narrow the prior",
                   patience, point.loss));
}

}  // namespace echelon
