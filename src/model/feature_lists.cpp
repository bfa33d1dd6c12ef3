#include "feature_lists.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>

namespace echelon {

namespace {

// What a feature costs that one group goes through alone, where one costs 1 that two go through
// together: half as many multiply-adds, but as many loads of weights. Measured.
constexpr double alone = 0.65;

std::size_t at(std::int32_t feature) { return static_cast<std::size_t>(feature); }

}  // namespace

FeatureLists::FeatureLists(const SparseSamples& inputs)
    : inputs_(&inputs),
      order_(static_cast<std::size_t>(inputs.features())),
      place_(static_cast<std::size_t>(inputs.features())) {
  std::vector<std::int64_t> count(order_.size(), 0);
  for (std::size_t s = 0; s < inputs.samples(); ++s)
    for (const auto& entry : inputs.of(static_cast<int>(s))) ++count[at(entry.feature)];
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::int32_t a, std::int32_t b) { return count[at(a)] > count[at(b)]; });
  for (std::size_t i = 0; i < order_.size(); ++i)
    place_[at(order_[i])] = static_cast<std::int32_t>(i);
}

FeatureList FeatureLists::of(std::span<const int> samples) const {
  std::vector<char> has(order_.size(), 0);
  for (const int s : samples)
    for (const auto& entry : inputs_->of(s)) has[at(entry.feature)] = 1;
  FeatureList list;
  std::copy_if(order_.begin(), order_.end(), std::back_inserter(list),
               [&](std::int32_t feature) { return has[at(feature)] != 0; });
  return list;
}

std::int32_t FeatureLists::share(FeatureList& a, FeatureList& b) const {
  const auto before = [&](std::int32_t x, std::int32_t y) { return place_[at(x)] < place_[at(y)]; };
  FeatureList either;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(either), before);
  // The work saved by going through the first k features of either list together.
  double saved = 0, most = 0;
  std::size_t cut = 0, in_a = 0, in_b = 0, cut_a = 0, cut_b = 0;
  for (std::size_t k = 0; k < either.size(); ++k) {
    const bool of_a = in_a < a.size() && a[in_a] == either[k];
    const bool of_b = in_b < b.size() && b[in_b] == either[k];
    in_a += of_a;
    in_b += of_b;
    saved += alone * (of_a + of_b) - 1;
    if (saved > most) most = saved, cut = k + 1, cut_a = in_a, cut_b = in_b;
  }
  const auto begin_with_shared = [&](FeatureList& list, std::size_t own) {
    FeatureList result(either.begin(), either.begin() + static_cast<std::ptrdiff_t>(cut));
    result.insert(result.end(), list.begin() + static_cast<std::ptrdiff_t>(own), list.end());
    list = std::move(result);
  };
  begin_with_shared(a, cut_a);
  begin_with_shared(b, cut_b);
  return static_cast<std::int32_t>(cut);
}

}  // namespace echelon
