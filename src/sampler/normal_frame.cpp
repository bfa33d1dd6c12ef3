#include "echelon/sampler/normal_frame.hpp"

namespace echelon {

Matrix<double> NormalFrame::inward(const Matrix<double>& w) const {
  const Matrix<double> apart = (w - mean) / scale;
  return directions == nullptr ? apart : Matrix<double>(apart * *directions);
}

Matrix<double> NormalFrame::outward(const Matrix<double>& u) const {
  const Matrix<double> apart = scale * u;
  return mean + (directions == nullptr ? apart : Matrix<double>(apart * directions->transpose()));
}

Matrix<double> NormalFrame::slope_inward(const Matrix<double>& slope) const {
  const Matrix<double> scaled = scale * slope;
  return directions == nullptr ? scaled : Matrix<double>(scaled * *directions);
}

}  // namespace echelon
