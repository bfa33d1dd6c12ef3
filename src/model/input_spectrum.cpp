#include "echelon/model/input_spectrum.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <span>

namespace echelon {

InputSpectrum input_spectrum(const Split& split, const Communicator& world) {
  constexpr Eigen::Index at_once = 4096;
  const Eigen::Index features = split.features;
  InputSpectrum out{Matrix<double>(features, features),
                    std::vector<double>(static_cast<std::size_t>(features), 1.0)};
  if (world.is_root()) {
    Matrix<double> moments = Matrix<double>::Zero(features, features);
    for (Eigen::Index first = 0; first < split.samples; first += at_once) {
      const auto count = std::min<Eigen::Index>(at_once, split.samples - first);
      const Matrix<double> block = split.inputs.middleCols(first, count).cast<double>();
      moments.selfadjointView<Eigen::Lower>().rankUpdate(block);
    }
    const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(moments);
    out.directions = solver.eigenvectors();
    const double largest = solver.eigenvalues().maxCoeff();
    for (Eigen::Index i = 0; i < features && largest > 0; ++i)
      out.share[static_cast<std::size_t>(i)] =
          std::clamp(solver.eigenvalues()(i) / largest, 0.0, 1.0);
  }
  world.broadcast(
      std::span(out.directions.data(), static_cast<std::size_t>(out.directions.size())));
  world.broadcast(std::span(out.share));
  return out;
}

}  // namespace echelon
