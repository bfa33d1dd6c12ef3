#pragma once

#include <string>

#include "echelon/data/dataset.hpp"

namespace echelon {

// One loader per DataSource; none sets the hash.
Dataset load_mnist(const DataOptions& options);
Dataset load_idx(const DataOptions& options);
Dataset load_hdf5(const DataOptions& options);
Dataset load_teacher(const DataOptions& options);

Split idx_samples(const std::filesystem::path& images, const DataOptions& options);
Split hdf5_samples(const std::filesystem::path& file, const DataOptions& options);

/// The first `wanted` of `available` samples, all when 0. Error(data) when there are fewer.
int sample_count(int wanted, int available, const std::string& option, const std::string& where);

/// A features x samples matrix of a split, with room for the constant of append_one.
void make_room(Split& split, int features, int samples, bool append_one);

}  // namespace echelon
