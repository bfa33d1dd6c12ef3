#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <random>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/data/dataset.hpp"

namespace echelon {

const std::vector<int> widths{784, 100, 10};
constexpr int image_count = 60000;

inline double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

template <class F>
double seconds(F f) {
  const double begin = cpu_seconds();
  f();
  return cpu_seconds() - begin;
}

inline double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Images of a few soft strokes around the centre; 19 % of the pixels are not zero.
inline Split blots() {
  Split split;
  split.samples = image_count;
  split.features = 784;
  split.inputs.setZero(784, image_count);
  std::mt19937 rng(1);
  std::normal_distribution<double> step(0, 1.1), start(13.5, 4);
  for (int s = 0; s < image_count; ++s) {
    split.labels.push_back(static_cast<int>(rng() % 10));
    double x = start(rng), y = start(rng), dx = step(rng), dy = step(rng);
    for (int point = 0; point < 34; ++point) {
      for (int i = -1; i <= 1; ++i)
        for (int j = -1; j <= 1; ++j) {
          const int row = std::clamp(static_cast<int>(y) + i, 4, 23);
          const int col = std::clamp(static_cast<int>(x) + j, 4, 23);
          split.inputs(row * 28 + col, s) = static_cast<float>(rng() % 255 + 1) / 256;
        }
      dx = .7 * dx + .5 * step(rng) - .02 * (x - 13.5);
      dy = .7 * dy + .5 * step(rng) - .02 * (y - 13.5);
      x = std::clamp(x + dx, 4., 23.);
      y = std::clamp(y + dy, 4., 23.);
    }
  }
  return split;
}

inline const Split& images() {
  static const Split split = [] {
    const char* const dir = std::getenv("ECHELON_MNIST_DIR");
    if (dir == nullptr) return blots();
    DataOptions options;
    options.dir = dir;
    return load(options).train;
  }();
  return split;
}

typedef float FloatPack __attribute__((vector_size(64)));
typedef double DoublePack __attribute__((vector_size(64)));

/// Adds up twelve independent chains of multiply-adds: more than latency times units of any core.
template <class Pack>
[[gnu::noinline]] Pack multiply_add(Pack factor, long turns) {
  Pack a = factor, b = a + a, c = b + a, d = c + a, e = d + a, f = e + a;
  Pack g = f + a, h = g + a, i = h + a, j = i + a, k = j + a, l = k + a;
  for (long turn = 0; turn < turns; ++turn) {
    a = a * factor + factor, b = b * factor + factor, c = c * factor + factor;
    d = d * factor + factor, e = e * factor + factor, f = f * factor + factor;
    g = g * factor + factor, h = h * factor + factor, i = i * factor + factor;
    j = j * factor + factor, k = k * factor + factor, l = l * factor + factor;
  }
  return (a + b + c) + (d + e + f) + (g + h + i) + (j + k + l);
}

/// Seconds the first layer's dense product would take at the rate of independent multiply-adds.
template <class Pack>
double seconds_at_peak() {
  constexpr long turns = 400000;
  const Pack factor = Pack{} + 0.5F;
  const double time = seconds([&] { benchmark::DoNotOptimize(multiply_add(factor, turns)[0]); });
  const double lanes = sizeof(Pack) / sizeof(factor[0]);
  return time / (turns * 12 * lanes) * widths[0] * widths[1] * image_count;
}

/// Mean squared loss after the softmax, with dense products of whole matrices.
template <class Real>
double eigen_loss(const Weights<Real>& weights, const Matrix<Real>& inputs) {
  const Matrix<Real> hidden = (weights[0] * inputs).cwiseMax(Real{0});
  Matrix<Real> z = weights[1] * hidden;
  z = (z.rowwise() - z.colwise().maxCoeff()).array().exp().matrix();
  z = (z.array().rowwise() / z.colwise().sum().array()).matrix();
  for (int s = 0; s < image_count; ++s) z(images().labels[static_cast<std::size_t>(s)], s) -= 1;
  return static_cast<double>(z.squaredNorm()) / image_count;
}

}  // namespace echelon
