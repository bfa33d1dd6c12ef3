#include "handle.hpp"

#include <algorithm>
#include <limits>

namespace echelon::h5 {
namespace {

std::uint64_t product(const H5Dims& dims, const std::string& where) {
  std::uint64_t result = 1;
  for (const auto extent : dims) {
    require(extent == 0 || result <= std::numeric_limits<std::int64_t>::max() / extent,
            ExitCode::data, "{} has an impossible shape ({})", where, fmt::join(dims, " x "));
    result *= extent;
  }
  return result;
}

/// True when all filters are known ones; tells whether the stored bytes are compressed.
bool compressed(hid_t creation, const std::string& where) {
  const int count = check(H5Pget_nfilters(creation), ExitCode::data, "cannot read {}", where);
  bool result = false;
  for (unsigned i = 0; i < static_cast<unsigned>(count); ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    const auto filter = H5Pget_filter2(creation, i, &flags, &values, nullptr, 0, nullptr, &config);
    const bool known = filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
                       filter == H5Z_FILTER_FLETCHER32;
    require(known, ExitCode::data,
            "{} uses HDF5 filter {} (only {} deflate, {} shuffle and {} Fletcher32 are allowed)",
            where, filter, H5Z_FILTER_DEFLATE, H5Z_FILTER_SHUFFLE, H5Z_FILTER_FLETCHER32);
    result = result || filter == H5Z_FILTER_DEFLATE;
  }
  return result;
}

/// Checks that a chunked array has all its chunks and returns the bytes of one, once decoded.
std::uint64_t chunk_bytes(hid_t dataset, hid_t creation, hid_t space, std::uint64_t width,
                          const std::string& where) {
  const auto dims = extent(space);
  H5Dims chunk(std::max<std::size_t>(dims.size(), 1));
  check(H5Pget_chunk(creation, static_cast<int>(chunk.size()),
                     reinterpret_cast<hsize_t*>(chunk.data())),
        ExitCode::data, "cannot read the chunk shape of {}", where);
  std::uint64_t expected = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    require(chunk[i] > 0, ExitCode::data, "{} has chunks of shape ({})", where,
            fmt::join(chunk, " x "));
    expected *= dims[i] / chunk[i] + (dims[i] % chunk[i] != 0);
  }
  hsize_t found = 0;
  check(H5Dget_num_chunks(dataset, space, &found), ExitCode::data, "cannot read {}", where);
  require(found == expected, ExitCode::data, "{} was only partly written ({} of {} chunks)", where,
          found, expected);
  chunk.push_back(width);
  return product(chunk, where);
}

}  // namespace

std::string complaint() {
  std::string text = "no details";
  const auto keep_first = [](unsigned depth, const H5E_error2_t* error, void* out) -> herr_t {
    if (depth == 0 && error->desc != nullptr) *static_cast<std::string*>(out) = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_first, &text);
  H5Eclear2(H5E_DEFAULT);
  return text;
}

Handle property_list(hid_t kind) {
  return {check(H5Pcreate(kind), ExitCode::internal, "cannot create a property list"), H5Pclose};
}

Handle link_list() {
  auto links = property_list(H5P_LINK_CREATE);
  check(H5Pset_create_intermediate_group(links, 1), ExitCode::internal, "cannot prepare links");
  return links;
}

Handle data_space(const H5Dims& dims) {
  static_assert(sizeof(hsize_t) == sizeof(std::uint64_t));
  const auto* extents = reinterpret_cast<const hsize_t*>(dims.data());
  const auto id = dims.empty() ? H5Screate(H5S_SCALAR)
                               : H5Screate_simple(static_cast<int>(dims.size()), extents, nullptr);
  return {check(id, ExitCode::internal, "cannot describe the shape ({})", fmt::join(dims, " x ")),
          H5Sclose};
}

H5Dims extent(hid_t space) {
  const int rank = check(H5Sget_simple_extent_ndims(space), ExitCode::data, "cannot read a shape");
  H5Dims dims(static_cast<std::size_t>(rank));
  check(H5Sget_simple_extent_dims(space, reinterpret_cast<hsize_t*>(dims.data()), nullptr),
        ExitCode::data, "cannot read a shape");
  return dims;
}

Handle open_dataset(hid_t file, const std::string& path, const std::string& where) {
  return {check(H5Dopen2(file, path.c_str(), H5P_DEFAULT), ExitCode::data,
                "cannot open {} as an array", where),
          H5Dclose};
}

H5Type stored_type(hid_t dataset) {
  const Handle type(check(H5Dget_type(dataset), ExitCode::data, "cannot read a type"), H5Tclose);
  const auto size = H5Tget_size(type);
  const auto kind = H5Tget_class(type);
  if (kind == H5T_FLOAT && size == 8) return H5Type::float64;
  if (kind == H5T_FLOAT && size == 4) return H5Type::float32;
  if (kind != H5T_INTEGER) return H5Type::other;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  if (size == 1) return is_signed ? H5Type::int8 : H5Type::uint8;
  if (is_signed && size == 4) return H5Type::int32;
  if (is_signed && size == 8) return H5Type::int64;
  return H5Type::other;
}

void distrust(hid_t file, hid_t dataset, const std::string& where) {
  const Handle creation(
      check(H5Dget_create_plist(dataset), ExitCode::data, "cannot read {}", where), H5Pclose);
  const Handle space(check(H5Dget_space(dataset), ExitCode::data, "cannot read {}", where),
                     H5Sclose);
  const Handle type(check(H5Dget_type(dataset), ExitCode::data, "cannot read {}", where), H5Tclose);
  const auto layout = H5Pget_layout(creation);
  require(layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED,
          ExitCode::data,
          "{} is a virtual data set (HDF5 layout {}): copy the values into the file", where,
          static_cast<int>(layout));
  const int outside = H5Pget_external_count(creation);
  require(outside == 0, ExitCode::data, "{} keeps its values in {} other files (0 allowed)", where,
          outside);
  hsize_t length = 0;
  check(H5Fget_filesize(file, &length), ExitCode::data, "cannot measure the file of {}", where);
  auto dims = extent(space);
  const auto width = H5Tget_size(type);
  dims.push_back(width);
  const auto bytes = product(dims, where);
  const auto stored = H5Dget_storage_size(dataset);
  // Deflate never shrinks anything to less than 1/1032, and only chunks are compressed.
  const bool packed = compressed(creation, where) && layout == H5D_CHUNKED;
  const auto limit = packed ? std::uint64_t{1032} : std::uint64_t{1};
  require(width <= 16 && stored <= length && (bytes + limit - 1) / limit <= stored, ExitCode::data,
          "{} announces {} bytes ({}) but stores {} in a file of {}", where, bytes,
          fmt::join(dims, " x "), stored, length);
  if (layout != H5D_CHUNKED) return;
  const auto chunk = chunk_bytes(dataset, creation, space, width, where);
  require(chunk / limit <= length, ExitCode::data, "{} has chunks of {} bytes in a file of {}",
          where, chunk, length);
}

}  // namespace echelon::h5
