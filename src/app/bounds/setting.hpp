#pragma once

#include <string>
#include <vector>

#include "echelon/app/config.hpp"
#include "echelon/diagnostics/links.hpp"
#include "echelon/sampler/temperatures.hpp"

namespace echelon {

/// What a configuration fixes of a run's bounds before any draw is made.
struct BoundsSetting {
  std::vector<double> temperatures;  ///< a_k
  std::vector<double> cumulative;    ///< A_k
  std::vector<double> references;    ///< ||M_k||_2
  std::vector<double> radii;         ///< alpha_k, or empty
  LossScale scale;                   ///< with the tight Lipschitz constant
  double paper_lipschitz = 0;        ///< the paper's
  double delta = 0;
  double trivial_bound = 0;  ///< the loss of answering every class alike
  bool has_ladder = false;   ///< from beta = 0, so that there is a free energy
  /// The temperatures of a single scale: a_d alone.
  std::vector<double> merged() const {
    std::vector<double> out(temperatures.size(), 0);
    out.back() = temperatures.back();
    return out;
  }
  std::string refusal;  ///< why there is no certificate and what to change; empty if there is
};

BoundsSetting bounds_setting(const Config& config);

}  // namespace echelon
