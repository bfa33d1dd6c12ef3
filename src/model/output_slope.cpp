#include "output_slope.hpp"

#include <algorithm>
#include <cstddef>

#include "dense_layer.hpp"
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

// Units x outputs of accumulators that fit the registers beside the packs they are made of.
#ifdef __AVX512F__
constexpr int tile_units = 4, tile_outputs = 5;
#else
constexpr int tile_units = 2, tile_outputs = 2;
#endif

/// sum[unit][output] += x[unit] slopes[output], pack by pack of a block.
template <class Real>
ECHELON_INLINE void add_tile(const Real* const (&x)[tile_units],
                             const Real* const (&slopes)[tile_outputs], Real* sum) {
  Pack<Real> sums[tile_units][tile_outputs];
  const auto each = [&](auto f) __attribute__((always_inline)) {
    unrolled<tile_units>([&](auto u) __attribute__((always_inline)) {
      unrolled<tile_outputs>([&](auto o) __attribute__((always_inline)) {
        f(u, o, sum + (u * tile_outputs + o) * pack_width<Real>);
      });
    });
  };
  each([&](auto u, auto o, const Real* at)
           __attribute__((always_inline)) { sums[u][o] = load(at); });
  for (int lane = 0; lane < block_samples; lane += pack_width<Real>) {
    Pack<Real> dz[tile_outputs];
    for (int o = 0; o < tile_outputs; ++o) dz[o] = load(slopes[o] + lane);
    each([&](auto u, auto o, const Real*)
             __attribute__((always_inline)) { sums[u][o] += load(x[u] + lane) * dz[o]; });
  }
  each([&](auto u, auto o, Real* at) __attribute__((always_inline)) { store(at, sums[u][o]); });
}

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
OutputSlope<Real>::OutputSlope(int outputs, int units, BufferPool<Real>& pool)
    : outputs_(outputs), units_(units), sum_(pool.take(static_cast<std::size_t>(sums()))) {}

template <class Real>
std::ptrdiff_t OutputSlope<Real>::place(int output, int unit) const {
  const int across = (outputs_ + tile_outputs - 1) / tile_outputs;
  const int tile = unit / tile_units * across + output / tile_outputs;
  const int within = unit % tile_units * tile_outputs + output % tile_outputs;
  return std::ptrdiff_t{tile * tile_units * tile_outputs + within} * pack_width<Real>;
}

template <class Real>
std::ptrdiff_t OutputSlope<Real>::sums() const {
  return place(0, (units_ + tile_units - 1) / tile_units * tile_units);
}

template <class Real>
void OutputSlope<Real>::clear() {
  std::fill_n(sum_.get(), sums(), Real{0});
}

template <class Real>
void OutputSlope<Real>::add(const BlockView<Real>& h, const Real* dz) {
  for (int unit = 0; unit < units_; unit += tile_units) {
    const Real* x[tile_units];  // a tile beyond the edge repeats what nobody reads
    for (int i = 0; i < tile_units; ++i) x[i] = h.unit(std::min(unit + i, units_ - 1));
    for (int output = 0; output < outputs_; output += tile_outputs) {
      const Real* slopes[tile_outputs];
      for (int i = 0; i < tile_outputs; ++i)
        slopes[i] = dz + std::min(output + i, outputs_ - 1) * block_samples;
      add_tile(x, slopes, sum_.get() + place(output, unit));
    }
  }
}

template <class Real>
double* OutputSlope<Real>::read(double* to) const {
  for (int unit = 0; unit < units_; ++unit)
    for (int output = 0; output < outputs_; ++output) {
      const Real* lanes = sum_.get() + place(output, unit);
      double parts[pack_width<Real>];
      std::copy_n(lanes, pack_width<Real>, parts);
      for (int half = pack_width<Real> / 2; half > 0; half /= 2)
        for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
      *to++ = parts[0];
    }
  return to;
}

template class OutputSlope<float>;
template class OutputSlope<double>;

template <class Real>
void propagate_back(const BlockView<Real>& h, const Matrix<Real>& turned, const Real* dz,
                    Activation activation, Real* out) {
  const BlockView<Real> slopes{dz, static_cast<int>(turned.cols()), -1, nullptr};
  dense_block(slopes, turned, {0, h.units}, Activation::identity, out, 0);
  with_activation(activation, [&]<Activation phi>() {
    for (int unit = 0; unit < h.units; ++unit)
      for (int lane = 0; lane < block_samples; lane += pack_width<Real>) {
        Real* to = out + unit * block_samples + lane;
        store(to, load(to) * activation_slope<phi, Real>(load(h.unit(unit) + lane)));
      }
  });
}

template void propagate_back(const BlockView<float>&, const Matrix<float>&, const float*,
                             Activation, float*);
template void propagate_back(const BlockView<double>&, const Matrix<double>&, const double*,
                             Activation, double*);

}  // namespace echelon
