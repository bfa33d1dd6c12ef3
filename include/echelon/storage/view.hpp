#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "echelon/storage/h5/h5.hpp"
#include "echelon/storage/manifest.hpp"

namespace echelon {

/// Writes coordinate arrays for every axis of a group that has none yet and ties the columns'
/// axes to them, with units and long names: what netCDF readers and xarray need. `rows` is the
/// number of rows of each table; the columns' arrays exist already.
void describe_group(H5File& file, const Table& table, std::int64_t rows);

/// Who made the contents of a group and when, as ArviZ expects of each: created_at,
/// inference_library and its version.
void write_origin(H5File& file, const std::string& group, const Manifest& manifest);

/// The attributes of "/".
void write_root(H5File& file, const Manifest& manifest);

/// run.h5 as a file image: every column as a virtual data set over the committed segments.
std::vector<std::byte> build_view(const Manifest& manifest);

}  // namespace echelon
