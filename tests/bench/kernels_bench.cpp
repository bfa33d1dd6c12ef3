// The kernels at the size of the paper's experiment, 784-100-10 on 60,000 images, on one core:
// MNIST when ECHELON_MNIST_DIR names its folder, else images of blots as sparse as it. A benchmark
// times its baseline beside it, in processor time of the thread, and reports the median of the
// ratios:
//   x_peak    how many times faster than the dense product of the first layer could be at the peak
//             of fused multiply-add
//   x_eigen   how many times faster than the same evaluation written with dense Eigen products
//   x_layer   how many times faster than the product of all rows
// Numbers of iterations are fixed: a baseline may cost far more than what is timed. Half a minute.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "baselines.hpp"
#include "echelon/model/network_loss.hpp"
#include "echelon/random/stream.hpp"

namespace echelon {
namespace {

using benchmark::DoNotOptimize;

template <class Real>
struct Model {
  using Branch = typename NetworkLoss<Real>::Branch;

  NetworkLoss<Real> loss{make_network(widths, {}, identity_reference(widths)), images(), {}, {}};
  Weights<Real> weights{noise(100, 784), noise(10, 100)};
  Branch branch = layer(weights[0]);

  static Matrix<Real> noise(int rows, int cols) {
    static std::mt19937 rng(2);
    std::normal_distribution<double> normal(0, .05);
    return Matrix<Real>::NullaryExpr(rows, cols, [&] { return static_cast<Real>(normal(rng)); });
  }
  Branch layer(const Matrix<Real>& w) const { return loss.extend(loss.root(), 0, w, {}, {}); }
  Branch with_row(const Matrix<Real>& w, int row, const Branch& current) const {
    return loss.extend(loss.root(), 0, w, {row}, current);
  }
  double evaluate(const Branch& entering_last) const {
    double value;
    loss.losses({&entering_last, 1}, weights[1], {&value, 1});
    return value;
  }
};

template <class Real>
const Model<Real>& model() {
  static const Model<Real> value;
  return value;
}

template <class Real, class Pack>
void full_evaluation(benchmark::State& state) {
  const auto& m = model<Real>();
  std::vector<double> ratios;
  for (auto _ : state) {
    const double own = seconds([&] { DoNotOptimize(m.evaluate(m.layer(m.weights[0]))); });
    state.SetIterationTime(own);
    ratios.push_back(seconds_at_peak<Pack>() / own);
  }
  state.counters["x_peak"] = median(ratios);
  state.counters["peak_gigaflops"] =
      2e-9 * widths[0] * widths[1] * image_count / seconds_at_peak<Pack>();
}

void full_evaluation_beside_eigen(benchmark::State& state) {
  const auto& m = model<float>();
  std::vector<double> ratios, times;
  for (auto _ : state) {
    double own = 0, expected = 0;
    const double time = seconds([&] { own = m.evaluate(m.layer(m.weights[0])); });
    times.push_back(seconds([&] { expected = eigen_loss(m.weights, images().inputs); }));
    if (std::abs(own - expected) > 1e-4) state.SkipWithError("the losses disagree");
    state.SetIterationTime(time);
    ratios.push_back(times.back() / time);
  }
  state.counters["x_eigen"] = median(ratios);
  state.counters["eigen_seconds"] = median(times);
}

template <class Real>
void last_layer_move(benchmark::State& state) {
  const auto& m = model<Real>();
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds([&] { DoNotOptimize(m.evaluate(m.branch)); }));
    state.SetIterationTime(times.back());
  }
  state.counters["ns_per_sample"] = 1e9 * median(times) / image_count;
}

void two_last_layer_moves(benchmark::State& state) {
  const auto& m = model<float>();
  const Matrix<float> other = Model<float>::noise(10, 100);
  const std::vector branches(2, m.branch);
  const std::vector<const Matrix<float>*> layers{&m.weights[1], &other};
  std::vector<double> losses(2), times;
  for (auto _ : state) {
    times.push_back(seconds([&] {
      m.loss.losses_unless(branches, layers, losses, {}, Refusal::at_the_end);
      DoNotOptimize(losses.data());
    }));
    state.SetIterationTime(times.back());
  }
  state.counters["ns_per_sample"] = 1e9 * median(times) / 2 / image_count;
}

void row_change(benchmark::State& state) {
  const auto& m = model<float>();
  std::vector<double> ratios;
  for (auto _ : state) {
    const double row =
        seconds([&] { DoNotOptimize(m.evaluate(m.with_row(m.weights[0], 17, m.branch))); });
    const double layer = seconds([&] { DoNotOptimize(m.evaluate(m.layer(m.weights[0]))); });
    state.SetIterationTime(row);
    ratios.push_back(layer / row);
  }
  state.counters["x_layer"] = median(ratios);
}

/// A pass of unit proposals over the rows of layer 1, a quarter of them accepted. Ahead: one
/// product for all rows, as the sampler does it. One by one: a product for each.
void unit_move(benchmark::State& state) {
  const auto& m = model<float>();
  const Matrix<float> proposal = Model<float>::noise(100, 784);
  auto current = m.layer(m.weights[0]);
  const auto propose = [&](int row, const Model<float>::Branch& branch) {
    DoNotOptimize(m.evaluate(branch));
    if (row % 4 == 3) current = branch;
  };
  std::vector<double> ahead, single;
  for (auto _ : state) {
    ahead.push_back(seconds([&] {
      const auto all = m.layer(proposal);
      for (int row = 0; row < 100; ++row) propose(row, m.loss.splice(current, row, all));
    }));
    Matrix<float> w = m.weights[0];
    single.push_back(seconds([&] {
      for (int row = 0; row < 20; ++row) {
        w.row(row) = proposal.row(row);
        propose(row, m.with_row(w, row, current));
      }
    }));
    state.SetIterationTime(ahead.back() / 100);
  }
  state.counters["ns_per_sample"] = 1e9 * median(ahead) / 100 / image_count;
  state.counters["ns_one_by_one"] = 1e9 * median(single) / 20 / image_count;
}

/// What the memory gives one core: the sum of an array that no cache holds.
void read_bandwidth(benchmark::State& state) {
  const std::vector<float> values(std::size_t{1} << 26, 1);
  std::vector<double> rates;
  for (auto _ : state) {
    const double time = seconds([&] {
      FloatPack sums[4] = {};
      for (std::size_t i = 0; i < values.size(); i += 64)
        for (std::size_t j = 0; j < 4; ++j) {
          FloatPack x;
          std::memcpy(&x, &values[i + 16 * j], sizeof x);
          sums[j] += x;
        }
      DoNotOptimize(sums);
    });
    state.SetIterationTime(time);
    rates.push_back(1e-9 * sizeof(float) * static_cast<double>(values.size()) / time);
  }
  state.counters["gigabytes_per_second"] = median(rates);
}

void normal_deviates(benchmark::State& state) {
  std::vector<float> values(78400);
  std::uint64_t step = 0;
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds([&] {
      Stream stream({1, Purpose::explore, 0, step++});
      stream.fill_normal(std::span<float>(values));
    }));
    DoNotOptimize(values.data());
    state.SetIterationTime(times.back());
  }
  state.counters["ns_each"] = 1e9 * median(times) / static_cast<double>(values.size());
}

void in_milliseconds(benchmark::internal::Benchmark* b) {
  b->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(full_evaluation<float, FloatPack>)->Iterations(25)->Apply(in_milliseconds);
BENCHMARK(full_evaluation<double, DoublePack>)->Iterations(15)->Apply(in_milliseconds);
BENCHMARK(full_evaluation_beside_eigen)->Iterations(11)->Apply(in_milliseconds);
BENCHMARK(last_layer_move<float>)->Iterations(301)->Apply(in_milliseconds);
BENCHMARK(last_layer_move<double>)->Iterations(101)->Apply(in_milliseconds);
BENCHMARK(two_last_layer_moves)->Iterations(151)->Apply(in_milliseconds);
BENCHMARK(row_change)->Iterations(25)->Apply(in_milliseconds);
BENCHMARK(unit_move)->Iterations(5)->Apply(in_milliseconds);
BENCHMARK(read_bandwidth)->Iterations(15)->Apply(in_milliseconds);
BENCHMARK(normal_deviates)->Iterations(501)->Apply(in_milliseconds);

}  // namespace
}  // namespace echelon
