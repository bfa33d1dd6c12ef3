#pragma once

#include <span>
#include <vector>

#include "sparse_samples.hpp"

namespace echelon {

/// An order of the samples that puts those with the same non-zero features side by side,
/// in groups of `group`: recursive halving along the first principal component of the non-zero
/// pattern. On MNIST 16 neighbours then share one list of 33 % of the pixels, where
/// 52 % would be needed in file order and 19 % is the least possible. A fixed function of the data;
/// the identity when hardly anything is zero.
std::vector<int> similar_order(const SparseSamples& inputs, int group);

/// The same within classes of difficulty, the hardest first: the easiest half of the samples is the
/// last class, the easiest half of the others the one before, and so on, six in all. Classes begin
/// with a block of `block` samples.
std::vector<int> hardest_first(const SparseSamples& inputs, std::span<const double> difficulty,
                               int group, int block);

/// Deals the order's blocks of `block` samples out to leaves of `leaf` samples like cards, so that
/// leaves cost about the same. A last block that is not full stays last.
std::vector<int> dealt(const std::vector<int>& order, int block, int leaf);

}  // namespace echelon
