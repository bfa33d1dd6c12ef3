#include "input_data.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
#include <utility>

#include "echelon/parallel/tree_sum.hpp"
#include "feature_lists.hpp"
#include "sample_order.hpp"
#include "value_grid.hpp"

namespace echelon {

namespace {

std::size_t aligned(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

/// What the leader knows before there is memory to put it.
struct InputData::Packing {
  SparseSamples inputs;
  std::vector<int> order;
  std::vector<InputBlock> blocks;
  std::vector<std::array<FeatureList, block_groups>> lists;
  std::int64_t quads = 0;

  /// `order_of` says which samples are to be neighbours.
  template <class OrderOf>
  Packing(SparseSamples all, OrderOf order_of)
      : inputs(std::move(all)), order(dealt(order_of(inputs), block_samples, leaf_samples)) {
    const FeatureLists features(inputs);
    for (std::size_t begin = 0; begin < order.size(); begin += block_samples)
      add_block(features, begin);
  }

  std::span<const int> samples(std::size_t begin, std::size_t count) const {
    const std::size_t first = std::min(begin, order.size());
    return std::span(order).subspan(first, std::min(count, order.size() - first));
  }

  void add_block(const FeatureLists& features, std::size_t begin) {
    InputBlock block;
    std::array<FeatureList, block_groups> of;
    for (std::size_t g = 0; g < block_groups; ++g)
      of[g] = features.of(samples(begin + g * group_samples, group_samples));
    for (std::size_t pair = 0; pair < block.shared.size(); ++pair)
      block.shared[pair] = features.share(of[2 * pair], of[2 * pair + 1]);
    for (std::size_t g = 0; g < block_groups; ++g) {
      block.listed[g] = static_cast<std::int32_t>(of[g].size());
      block.quads = std::max(block.quads, (block.listed[g] + 3) / 4);
    }
    block.first_quad = quads;
    quads += block_groups * block.quads;
    blocks.push_back(block);
    lists.push_back(std::move(of));
  }
};

InputData::InputData(const Split& split, const Communicator& node, double tolerance)
    : features_(split.features), samples_(split.samples) {
  std::optional<Packing> packing;
  if (node.is_root()) {
    packing.emplace(SparseSamples(split.inputs), [](const SparseSamples& inputs) {
      return similar_order(inputs, group_samples);
    });
    const double scale = grid_scale(split.inputs, tolerance);
    if (scale > 0) {
      summary_.coding = Coding::bytes;
      summary_.scale = scale;
    }
  }
  pack(node, packing);
}

void InputData::arrange(std::span<const double> difficulty) {
  const Communicator node = memory_.node();
  std::optional<Packing> packing;
  if (node.is_root())
    packing.emplace(unpacked(), [difficulty](const SparseSamples& inputs) {
      return hardest_first(inputs, difficulty, group_samples, block_samples);
    });
  ++arrangement_;
  memory_ = {};  // two copies may not fit
  pack(node, packing);
}

void InputData::pack(const Communicator& node, const std::optional<Packing>& packing) {
  if (packing) summary_.quads = packing->quads;
  node.broadcast(std::span<Summary>(&summary_, 1));
  layout(node);
  if (packing) fill(*packing);
  memory_.fence();
}

/// Calls on_value(sample, feature, value) for all values that are not zero, in one order of the
/// features whatever the arrangement.
template <class OnValue>
void InputData::each_value(OnValue on_value) const {
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    for (std::size_t g = 0; g < block_groups; ++g) {
      const std::size_t begin = std::min(b * block_samples + g * group_samples, order_.size());
      const std::size_t lanes = std::min<std::size_t>(group_samples, order_.size() - begin);
      const auto first = static_cast<std::size_t>(4 * first_quad(blocks_[b], static_cast<int>(g)));
      const auto end = first + static_cast<std::size_t>(blocks_[b].listed[g]);
      for (std::size_t i = first; i < end; ++i)
        for (std::size_t lane = 0; lane < lanes; ++lane)
          if (const float x = value(i, lane); x != 0)
            on_value(static_cast<std::size_t>(order_[begin + lane]), quad_features_[i], x);
    }
}

SparseSamples InputData::unpacked() const {
  std::vector<std::int64_t> counts(order_.size(), 0);
  each_value([&](std::size_t sample, std::int32_t, float) { ++counts[sample]; });
  SparseSamples inputs(features_, counts);
  each_value([&](std::size_t sample, std::int32_t feature, float x) {
    inputs.add(sample, {feature, x});
  });
  return inputs;
}

void InputData::layout(const Communicator& node) {
  const auto samples = static_cast<std::size_t>(samples_);
  const auto quads = static_cast<std::size_t>(summary_.quads);
  const std::size_t blocks = (samples + block_samples - 1) / block_samples;
  const std::size_t value = coding() == Coding::bytes ? 1 : sizeof(float);
  const std::size_t at_order = aligned(blocks * sizeof(InputBlock));
  const std::size_t at_features = at_order + aligned(samples * sizeof(std::int32_t));
  const std::size_t at_codes = at_features + aligned(quads * 4 * sizeof(std::int32_t));
  const std::size_t code_bytes = quads * 4 * group_samples * value;
  memory_ = SharedBuffer(node, at_codes + code_bytes);
  blocks_ = memory_.as<InputBlock>(0, blocks);
  order_ = memory_.as<std::int32_t>(at_order, samples);
  quad_features_ = memory_.as<std::int32_t>(at_features, quads * 4);
  codes_ = memory_.as<std::byte>(at_codes, code_bytes);
}

void InputData::fill(const Packing& packing) {
  std::copy(packing.order.begin(), packing.order.end(), order_.begin());
  std::copy(packing.blocks.begin(), packing.blocks.end(), blocks_.begin());
  std::vector<std::size_t> place(static_cast<std::size_t>(features_));  // of a feature in a group
  for (std::size_t b = 0; b < blocks_.size(); ++b)
    for (std::size_t g = 0; g < block_groups; ++g) {
      auto next = static_cast<std::size_t>(4 * first_quad(blocks_[b], static_cast<int>(g)));
      for (const std::int32_t feature : packing.lists[b][g]) {
        quad_features_[next] = feature;
        place[static_cast<std::size_t>(feature)] = next++;
      }
      const auto samples = packing.samples(b * block_samples + g * group_samples, group_samples);
      for (std::size_t lane = 0; lane < samples.size(); ++lane)
        for (const auto& [feature, x] : packing.inputs.of(samples[lane]))
          put(place[static_cast<std::size_t>(feature)], lane, x);
    }
}

float InputData::value(std::size_t place, std::size_t lane) const {
  if (coding() == Coding::reals) {
    float value;
    std::memcpy(&value, &codes_[(place * group_samples + lane) * sizeof value], sizeof value);
    return value;
  }
  std::uint32_t word;
  std::memcpy(&word, &codes_[(place / 4 * group_samples + lane) * sizeof word], sizeof word);
  return static_cast<float>((word >> 8 * (place % 4) & 255U) * scale());
}

void InputData::put(std::size_t place, std::size_t lane, float value) {
  const std::size_t quad = place / 4, in_quad = place % 4;
  if (coding() == Coding::reals) {
    std::memcpy(&codes_[(place * group_samples + lane) * sizeof value], &value, sizeof value);
    return;
  }
  const auto code = static_cast<std::uint32_t>(std::lround(static_cast<double>(value) / scale()));
  std::uint32_t word;
  std::byte* const at = &codes_[(quad * group_samples + lane) * sizeof word];
  std::memcpy(&word, at, sizeof word);
  word |= code << (8 * in_quad);
  std::memcpy(at, &word, sizeof word);
}

}  // namespace echelon
