#include "output_slope.hpp"

#include <algorithm>
#include <cstddef>

#include "functions.hpp"
#include "lanes.hpp"
#include "sample_loss.hpp"

namespace echelon {

namespace {

/// d loss / dz of one pack of samples, over z[output][lane] itself.
///   identity        2 (z - y)
///   cross-entropy   p - y
///   squared         2 p (e - sum_o e_o p_o),  e = p - y
template <class Real>
struct PackSlope {
  int width;
  Real* z;
  Output output;
  Loss loss;

  ECHELON_INLINE Real* at(int o) const { return z + o * block_samples; }

  template <class Target>
  ECHELON_INLINE void operator()(const Target& target) const {
    if (output == Output::identity) {
      for (int o = 0; o < width; ++o) store(at(o), Real{2} * (load(at(o)) - target(o)));
      return;
    }
    to_probabilities();
    Pack<Real> inner{};
    for (int o = 0; o < width; ++o) {
      const Pack<Real> p = load(at(o));
      inner += (p - target(o)) * p;
    }
    for (int o = 0; o < width; ++o) {
      const Pack<Real> p = load(at(o)), e = p - target(o);
      store(at(o), loss == Loss::cross_entropy ? e : Real{2} * p * (e - inner));
    }
  }

  ECHELON_INLINE void to_probabilities() const {
    Pack<Real> most = load(at(0));
    for (int o = 1; o < width; ++o) {
      const Pack<Real> other = load(at(o));
      most = most < other ? other : most;
    }
    Pack<Real> sum{};
    for (int o = 0; o < width; ++o) {
      const Pack<Real> e = exp_nonpositive<Real>(load(at(o)) - most);
      sum += e;
      store(at(o), e);
    }
    for (int o = 0; o < width; ++o) store(at(o), load(at(o)) / sum);
  }
};

/// phi' where phi is `h`.
template <Activation activation, class Real>
ECHELON_INLINE Pack<Real> activation_slope(const Pack<Real>& h) {
  if constexpr (activation == Activation::relu)
    return h > Real{0} ? broadcast(Real{1}) : Pack<Real>{};
  else if constexpr (activation == Activation::tanh)
    return Real{1} - h * h;
  else
    return broadcast(Real{1});
}

}  // namespace

template <class Real>
void SampleLoss<Real>::slope(int b, Real* z) const {
  for (int lane = 0; lane < block_samples; lane += pack_width<Real>) {
    const PackSlope<Real> slope{width_, z + lane, output_, loss_};
    if (has_labels()) {
      const auto label = load(&labels_[static_cast<std::size_t>(b * block_samples + lane)]);
      slope(
          [&](int o) { return label == static_cast<Real>(o) ? broadcast(Real{1}) : Pack<Real>{}; });
    } else {
      const Real* targets = &targets_[static_cast<std::size_t>(b * width_ * block_samples + lane)];
      slope([&](int o) { return load(targets + o * block_samples); });
    }
  }
  for (int o = 0; o < width_; ++o)
    std::fill(z + o * block_samples + lanes(b), z + (o + 1) * block_samples, Real{0});
}

template void SampleLoss<float>::slope(int, float*) const;
template void SampleLoss<double>::slope(int, double*) const;

template <class Real>
void add_slope(const BlockView<Real>& h, const Real* dz, Matrix<double>& sums) {
  using Lanes = Eigen::Map<const Eigen::Matrix<Real, block_samples, Eigen::Dynamic>>;
  const Lanes units(h.base, block_samples, h.units), outputs(dz, block_samples, sums.rows());
  Matrix<Real> products = outputs.transpose().lazyProduct(units);
  if (h.row >= 0) {
    const Lanes own(h.override_row, block_samples, 1);
    products.col(h.row) = outputs.transpose().lazyProduct(own);
  }
  sums += products.template cast<double>();
}

template void add_slope(const BlockView<float>&, const float*, Matrix<double>&);
template void add_slope(const BlockView<double>&, const double*, Matrix<double>&);

template <class Real>
void propagate_back(const BlockView<Real>& h, const Matrix<Real>& w, const Real* dz,
                    Activation activation, Real* out) {
  with_activation(activation, [&]<Activation phi>() {
    for (int unit = 0; unit < h.units; ++unit)
      for (int lane = 0; lane < block_samples; lane += pack_width<Real>) {
        Pack<Real> sum{};
        for (int o = 0; o < w.rows(); ++o) sum += load(dz + o * block_samples + lane) * w(o, unit);
        store(out + unit * block_samples + lane,
              sum * activation_slope<phi, Real>(load(h.unit(unit) + lane)));
      }
  });
}

template void propagate_back(const BlockView<float>&, const Matrix<float>&, const float*,
                             Activation, float*);
template void propagate_back(const BlockView<double>&, const Matrix<double>&, const double*,
                             Activation, double*);

}  // namespace echelon
