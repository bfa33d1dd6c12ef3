#pragma once

#include <Eigen/Core>
#include <vector>

namespace echelon {

/// W_k as (out x in), column-major: the weights that leave one input unit are contiguous.
template <class Real>
using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

template <class Real>
using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;

/// All layers of one network; element k-1 is the paper's W_k.
template <class Real>
using Weights = std::vector<Matrix<Real>>;

}  // namespace echelon
