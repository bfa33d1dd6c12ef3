#include "dense_layer.hpp"

#include <cmath>

namespace echelon {

template <class Real>
void dense_block(const BlockView<Real>& in, const Matrix<Real>& w, int first, int rows,
                 Activation activation, Real* out) {
  for (int r = 0; r < rows; ++r) {
    Real sum[block_samples] = {};
    for (int u = 0; u < in.units; ++u) {
      const Real weight = w(first + r, u);
      const Real* x = in.unit(u);
      for (int lane = 0; lane < block_samples; ++lane) sum[lane] += weight * x[lane];
    }
    Real* y = out + r * block_samples;
    for (int lane = 0; lane < block_samples; ++lane) {
      const Real z = sum[lane];
      if (activation == Activation::relu)
        y[lane] = z < 0 ? 0 : z;
      else if (activation == Activation::tanh)
        y[lane] = std::tanh(z);
      else
        y[lane] = z;
    }
  }
}

template void dense_block(const BlockView<float>&, const Matrix<float>&, int, int, Activation,
                          float*);
template void dense_block(const BlockView<double>&, const Matrix<double>&, int, int, Activation,
                          double*);

}  // namespace echelon
