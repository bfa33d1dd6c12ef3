#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "echelon/model/prior.hpp"

namespace echelon {

namespace {

// Below this the top eigenvalue of the whole Gram matrix costs no more than the iteration.
constexpr Eigen::Index small = 24;
constexpr double tolerance = 1e-9;  // of the squared norm per step, far below the promised 1e-6

/// Entries in (-1, 1) without pattern, so that no structured matrix has its top vector orthogonal.
Vector<double> fixed_start(Eigen::Index size) {
  Vector<double> start(size);
  std::uint64_t state = 0x9e3779b97f4a7c15U;
  for (Eigen::Index i = 0; i < size; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    start(i) = static_cast<double>(static_cast<std::int64_t>(state >> 11) - (1LL << 52)) / 0x1p52;
  }
  return start.normalized();
}

double top_eigenvalue(const Vector<double>& diagonal, const Vector<double>& beside) {
  Eigen::SelfAdjointEigenSolver<Matrix<double>> solver;
  solver.computeFromTridiagonal(diagonal, beside, Eigen::EigenvaluesOnly);
  return solver.eigenvalues().maxCoeff();
}

/// The top eigenvalue of w'w; the Ritz values rise to it.
double lanczos(const Matrix<double>& w) {
  const Eigen::Index size = w.cols();
  Matrix<double> basis(size, size);
  Vector<double> diagonal(size), beside(size);
  basis.col(0) = fixed_start(size);
  double previous = 0;
  for (Eigen::Index step = 0;; ++step) {
    Vector<double> next = w.transpose() * (w * basis.col(step));
    diagonal(step) = basis.col(step).dot(next);
    const auto known = basis.leftCols(step + 1);
    for (int twice = 0; twice < 2; ++twice)  // once loses orthogonality to rounding
      next -= known * (known.transpose() * next).eval();
    const double value = top_eigenvalue(diagonal.head(step + 1), beside.head(step));
    beside(step) = next.norm();
    const bool settled = step > 4 && value - previous <= tolerance * value;
    if (settled || step + 1 == size || beside(step) <= 1e-14 * value) return value;
    basis.col(step + 1) = next / beside(step);
    previous = value;
  }
}

}  // namespace

double spectral_norm(const Matrix<double>& w) {
  const double largest = w.size() == 0 ? 0 : w.cwiseAbs().maxCoeff<Eigen::PropagateNaN>();
  if (!std::isfinite(largest)) return std::numeric_limits<double>::quiet_NaN();
  if (largest == 0) return 0;
  if (w.rows() == 1 || w.cols() == 1) return w.stableNorm();
  // The smaller side, and entries of order one so that squares neither overflow nor vanish.
  const Matrix<double> tall = (w.rows() < w.cols() ? w.transpose() : w) / largest;
  if (tall.cols() > small) return largest * std::sqrt(lanczos(tall));
  const Matrix<double> gram = tall.transpose() * tall;
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(gram, Eigen::EigenvaluesOnly);
  return largest * std::sqrt(solver.eigenvalues().maxCoeff());
}

}  // namespace echelon
