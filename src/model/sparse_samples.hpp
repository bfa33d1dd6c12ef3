#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "echelon/core/matrix.hpp"

namespace echelon {

/// The values that are not zero, sample by sample.
class SparseSamples {
 public:
  struct Entry {
    std::int32_t feature;
    float value;
  };

  /// Of inputs (features x samples).
  explicit SparseSamples(const Matrix<float>& inputs);
  /// Room for so many entries of each sample, which add() fills.
  SparseSamples(int features, std::span<const std::int64_t> entries);
  void add(std::size_t sample, Entry entry) { entries_[ends_[sample]++] = entry; }

  int features() const { return features_; }
  std::size_t samples() const { return ends_.size(); }
  std::span<const Entry> of(int sample) const {
    const auto s = static_cast<std::size_t>(sample);
    return std::span(entries_).subspan(starts_[s], ends_[s] - starts_[s]);
  }
  /// Share of the values that are not zero.
  double density() const;

 private:
  int features_;
  std::vector<std::size_t> starts_, ends_;
  std::vector<Entry> entries_;
};

}  // namespace echelon
