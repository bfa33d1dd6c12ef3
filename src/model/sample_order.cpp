#include "sample_order.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace echelon {

namespace {

constexpr double dense = 0.6;  // share of non-zeros from which lists of features save too little
constexpr int power_steps = 4;
constexpr int classes = 6;               // of difficulty
constexpr std::size_t most_pupils = 64;  // samples a principal component is learned from

/// Halves sets of samples. Plain float arithmetic in a fixed order and no library functions but the
/// square root: every node of a cluster must find the same order.
class Halving {
 public:
  Halving(const SparseSamples& inputs, std::size_t group)
      : inputs_(inputs), group_(group), axis_(static_cast<std::size_t>(inputs.features())) {}

  void sort(std::span<int> samples) {
    if (samples.size() <= group_) return;
    learn_axis(samples);
    places_.clear();
    for (int s : samples) places_.push_back({along_axis(s), s});
    std::sort(places_.begin(), places_.end());
    std::transform(places_.begin(), places_.end(), samples.begin(),
                   [](const Place& place) { return place.sample; });
    const std::size_t half = (samples.size() / 2 + group_ - 1) / group_ * group_;
    sort(samples.first(half));
    sort(samples.subspan(half));
  }

 private:
  struct Place {
    float along;
    int sample;
    auto operator<=>(const Place&) const = default;
  };

  static std::size_t at(const SparseSamples::Entry& entry) {
    return static_cast<std::size_t>(entry.feature);
  }

  float along_axis(int sample) const {
    float sum = 0;
    for (const auto& entry : inputs_.of(sample)) sum += axis_[at(entry)];
    return sum;
  }

  /// Power steps on the covariance of the non-zero pattern of some of the samples.
  void learn_axis(std::span<const int> samples) {
    const std::size_t stride = (samples.size() + most_pupils - 1) / most_pupils;
    std::vector<float> mean(axis_.size());
    float pupils = 0;
    for (std::size_t i = 0; i < samples.size(); i += stride, ++pupils)
      for (const auto& entry : inputs_.of(samples[i])) ++mean[at(entry)];
    for (float& value : mean) value /= pupils;
    for (std::size_t f = 0; f < axis_.size(); ++f)
      axis_[f] = static_cast<float>(f * 2654435761U % 1024) - 511.5F;
    for (int step = 0; step < power_steps; ++step) {
      const float middle = std::inner_product(mean.begin(), mean.end(), axis_.begin(), 0.0F);
      std::vector<float> next(axis_.size());
      float total = 0;
      for (std::size_t i = 0; i < samples.size(); i += stride) {
        const float along = along_axis(samples[i]) - middle;
        total += along;
        for (const auto& entry : inputs_.of(samples[i])) next[at(entry)] += along;
      }
      float square = 0;
      for (std::size_t f = 0; f < next.size(); ++f) {
        next[f] -= total * mean[f];
        square += next[f] * next[f];
      }
      if (square == 0) return;  // all alike: any axis will do
      const float norm = std::sqrt(square);
      std::transform(next.begin(), next.end(), axis_.begin(), [=](float x) { return x / norm; });
    }
  }

  const SparseSamples& inputs_;
  std::size_t group_;
  std::vector<float> axis_;
  std::vector<Place> places_;
};

}  // namespace

std::vector<int> similar_order(const SparseSamples& inputs, int group) {
  std::vector<int> order(inputs.samples());
  std::iota(order.begin(), order.end(), 0);
  if (inputs.density() < dense) Halving(inputs, static_cast<std::size_t>(group)).sort(order);
  return order;
}

std::vector<int> hardest_first(const SparseSamples& inputs, std::span<const double> difficulty,
                               int group, int block) {
  std::vector<int> order(difficulty.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    return difficulty[static_cast<std::size_t>(a)] > difficulty[static_cast<std::size_t>(b)];
  });
  if (inputs.density() >= dense) return order;
  Halving halving(inputs, static_cast<std::size_t>(group));
  std::span<int> rest(order);
  for (int cut = 1; cut < classes; ++cut) {
    const auto harder =
        rest.size() / 2 / static_cast<std::size_t>(block) * static_cast<std::size_t>(block);
    halving.sort(rest.subspan(harder));
    rest = rest.first(harder);
  }
  halving.sort(rest);
  return order;
}

std::vector<int> dealt(const std::vector<int>& order, int block, int leaf) {
  const int samples = static_cast<int>(order.size());
  const int full = samples / block;
  const int slots = leaf / block;
  const int leaves = (full + slots - 1) / slots;
  std::vector<int> result(order);
  auto from = order.begin();
  for (int slot = 0; slot < slots; ++slot)
    for (int i = 0; i < leaves; ++i) {
      const int to = i * slots + slot;
      if (to >= full) continue;
      std::copy_n(from, block, result.begin() + to * block);
      from += block;
    }
  return result;
}

}  // namespace echelon
