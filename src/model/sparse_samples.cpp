#include "sparse_samples.hpp"

namespace echelon {

namespace {

std::vector<std::int64_t> non_zeros(const Matrix<float>& inputs) {
  std::vector<std::int64_t> counts;
  for (Eigen::Index s = 0; s < inputs.cols(); ++s)
    counts.push_back((inputs.col(s).array() != 0).count());
  return counts;
}

}  // namespace

SparseSamples::SparseSamples(int features, std::span<const std::int64_t> entries)
    : features_(features) {
  std::size_t at = 0;
  for (const std::int64_t count : entries) {
    starts_.push_back(at);
    at += static_cast<std::size_t>(count);
  }
  ends_ = starts_;
  entries_.resize(at);
}

SparseSamples::SparseSamples(const Matrix<float>& inputs)
    : SparseSamples(static_cast<int>(inputs.rows()), non_zeros(inputs)) {
  for (Eigen::Index s = 0; s < inputs.cols(); ++s)
    for (Eigen::Index f = 0; f < inputs.rows(); ++f)
      if (inputs(f, s) != 0)
        add(static_cast<std::size_t>(s), {static_cast<std::int32_t>(f), inputs(f, s)});
}

double SparseSamples::density() const {
  return static_cast<double>(entries_.size()) /
         (static_cast<double>(samples()) * static_cast<double>(features_));
}

}  // namespace echelon
