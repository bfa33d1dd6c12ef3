#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "activations.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/parallel/communicator.hpp"
#include "echelon/parallel/shared_buffer.hpp"
#include "sparse_samples.hpp"

namespace echelon {

/// Samples of a block that share one list of features.
inline constexpr int group_samples = 16;
inline constexpr int block_groups = block_samples / group_samples;

/// How values are stored: as whole multiples of one scale in a byte each, or as they are.
enum class Coding : std::int32_t { bytes, reals };

/// The lists of one block. Each group of samples lists the features that are not zero in all of
/// them (feature_lists.hpp); groups 0, 1 and groups 2, 3 begin with the same ones. Lists are padded
/// with zero values to whole quads and to the longest of the block.
struct InputBlock {
  std::int64_t first_quad = 0;  ///< of group 0; the next group's follow `quads` later
  std::int32_t quads = 0;       ///< four features each, per group
  std::array<std::int32_t, block_groups> listed{};      ///< features of each group
  std::array<std::int32_t, block_groups / 2> shared{};  ///< by groups 2i and 2i + 1, in front
};

/// The inputs of all samples, most zeros left out, packed once per node into memory its ranks
/// share. Samples are reordered (sample_order.hpp) so that lists are short. Quad q holds
/// features()[4 q ..] and their values for 16 samples:
///   bytes   word `lane` of 16 (32 bits each): byte i belongs to feature i of the quad
///   reals   value [i][lane]
class InputData {
 public:
  /// Collective over the node; reads split.inputs (features x samples) on its leader only. Values
  /// count as multiples of a scale when they are so within `tolerance`, relative.
  InputData(const Split& split, const Communicator& node, double tolerance);

  /// Packs the same inputs again, the samples with the largest difficulty first (hardest_first).
  /// Collective over the node.
  void arrange(std::span<const double> difficulty);

  int features() const { return features_; }
  /// How often they were packed again.
  int arrangement() const { return arrangement_; }
  Coding coding() const { return summary_.coding; }
  /// A value is its code times this.
  double scale() const { return summary_.scale; }
  /// The split's sample at each place.
  std::span<const std::int32_t> order() const { return order_; }

  int blocks() const { return static_cast<int>(blocks_.size()); }
  const InputBlock& block(int b) const { return blocks_[static_cast<std::size_t>(b)]; }
  static std::int64_t first_quad(const InputBlock& block, int group) {
    return block.first_quad + std::int64_t{group} * block.quads;
  }
  const std::int32_t* quad_features(std::int64_t quad) const {
    return quad_features_.data() + 4 * quad;
  }
  /// A quad's codes, as the coding says.
  const std::byte* quad_codes(std::int64_t quad) const {
    return codes_.data() + quad_bytes() * quad;
  }
  std::int64_t quad_bytes() const {
    return 4 * group_samples * (coding() == Coding::bytes ? 1 : sizeof(float));
  }

 private:
  struct Summary {
    std::int64_t quads = 0;
    double scale = 1;
    Coding coding = Coding::reals;
    std::int32_t unused = 0;
  };
  struct Packing;

  void pack(const Communicator& node, const std::optional<Packing>& packing);
  void layout(const Communicator& node);
  template <class OnValue>
  void each_value(OnValue on_value) const;
  SparseSamples unpacked() const;  ///< in the split's order
  void fill(const Packing& packing);
  float value(std::size_t place, std::size_t lane) const;
  void put(std::size_t place, std::size_t lane, float value);

  int features_;
  int samples_;
  int arrangement_ = 0;
  Summary summary_;
  SharedBuffer memory_;
  std::span<InputBlock> blocks_;
  std::span<std::int32_t> order_;
  std::span<std::int32_t> quad_features_;
  std::span<std::byte> codes_;
};

}  // namespace echelon
