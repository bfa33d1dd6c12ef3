// The kernels at the size of the paper's experiment, 784-100-10 on 60,000 images: MNIST when
// ECHELON_MNIST_DIR names its folder, else images of blots as sparse as it. Every benchmark times
// its baseline beside it, in processor time of the thread, and reports the median of the ratios:
//   x_peak    how many times faster than the dense product of the first layer could be at the peak
//             of fused multiply-add
//   x_eigen   how many times faster than the same evaluation written with dense Eigen products
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "echelon/data/dataset.hpp"
#include "echelon/model/network_loss.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {
namespace {

const std::vector<int> widths{784, 100, 10};
constexpr int image_count = 60000;

double cpu_seconds() {
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

double median(std::vector<double> values) {
  const auto middle = values.begin() + std::ssize(values) / 2;
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Images of a few soft strokes around the centre; 19 % of the pixels are not zero.
Split blots() {
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

const Split& images() {
  static const Split split = [] {
    const char* const dir = std::getenv("ECHELON_MNIST_DIR");
    if (dir == nullptr) return blots();
    DataOptions options;
    options.dir = dir;
    return load(options).train;
  }();
  return split;
}

template <class Real>
struct Model {
  NetworkLoss<Real> loss;
  Weights<Real> weights;
  typename NetworkLoss<Real>::Branch branch;

  Model() : loss(make_network(widths, {}, identity_reference(widths)), images(), {}, {}) {
    std::mt19937 rng(2);
    std::normal_distribution<double> normal(0, .05);
    for (std::size_t k = 0; k + 1 < widths.size(); ++k)
      weights.push_back(Matrix<Real>::NullaryExpr(widths[k + 1], widths[k],
                                                  [&] { return static_cast<Real>(normal(rng)); }));
    branch = loss.forward(weights);
  }
  double last_move() const {
    double value;
    loss.losses({&branch, 1}, weights.back(), {&value, 1});
    return value;
  }
};

template <class Real>
const Model<Real>& model() {
  static const Model<Real> value;
  return value;
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

template <class Real, class Pack>
void full_evaluation(benchmark::State& state) {
  const auto& m = model<Real>();
  std::vector<double> ratios;
  for (auto _ : state) {
    const double own = seconds([&] {
      const auto branch = m.loss.extend(m.loss.root(), 0, m.weights[0], {}, {});
      double value;
      m.loss.losses({&branch, 1}, m.weights[1], {&value, 1});
      benchmark::DoNotOptimize(value);
    });
    state.SetIterationTime(own);
    ratios.push_back(seconds_at_peak<Pack>() / own);
  }
  state.counters["x_peak"] = median(ratios);
}
BENCHMARK(full_evaluation<float, FloatPack>)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(full_evaluation<double, DoublePack>)->UseManualTime()->Unit(benchmark::kMillisecond);

void full_evaluation_beside_eigen(benchmark::State& state) {
  const auto& m = model<float>();
  std::vector<double> ratios;
  for (auto _ : state) {
    const double own =
        seconds([&] { m.loss.evaluate(m.loss.forward(m.weights), m.weights.back()); });
    double expected = 0;
    const double eigen = seconds([&] { expected = eigen_loss(m.weights, images().inputs); });
    if (std::abs(m.last_move() - expected) > 1e-4) state.SkipWithError("the losses disagree");
    state.SetIterationTime(own);
    ratios.push_back(eigen / own);
  }
  state.counters["x_eigen"] = median(ratios);
}
BENCHMARK(full_evaluation_beside_eigen)->UseManualTime()->Unit(benchmark::kMillisecond);

template <class Real>
void last_layer_move(benchmark::State& state) {
  const auto& m = model<Real>();
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds([&] { benchmark::DoNotOptimize(m.last_move()); }));
    state.SetIterationTime(times.back());
  }
  state.counters["ns_per_sample"] = 1e9 * median(times) / image_count;
}
BENCHMARK(last_layer_move<float>)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(last_layer_move<double>)->UseManualTime()->Unit(benchmark::kMillisecond);

template <class Real>
void row_change(benchmark::State& state) {
  const auto& m = model<Real>();
  std::vector<double> ratios;
  for (auto _ : state) {
    const double row = seconds([&] {
      benchmark::DoNotOptimize(m.loss.extend(m.loss.root(), 0, m.weights[0], {17}, m.branch));
    });
    const double layer = seconds(
        [&] { benchmark::DoNotOptimize(m.loss.extend(m.loss.root(), 0, m.weights[0], {}, {})); });
    state.SetIterationTime(row);
    ratios.push_back(layer / row);
  }
  state.counters["x_layer"] = median(ratios);
}
BENCHMARK(row_change<float>)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(row_change<double>)->UseManualTime()->Unit(benchmark::kMillisecond);

template <class Real>
void normal_deviates(benchmark::State& state) {
  std::vector<Real> values(78400);
  std::uint64_t step = 0;
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds([&] {
      Stream stream({1, Purpose::explore, 0, step++});
      stream.fill_normal(values);
    }));
    benchmark::DoNotOptimize(values.data());
    state.SetIterationTime(times.back());
  }
  state.counters["ns_each"] = 1e9 * median(times) / static_cast<double>(values.size());
}
BENCHMARK(normal_deviates<float>)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(normal_deviates<double>)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace echelon
