#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>

#include "handle.hpp"

namespace echelon {

using namespace h5;

namespace {

std::uint64_t elements(const H5Dims& dims) {
  return std::accumulate(dims.begin(), dims.end(), std::uint64_t{1}, std::multiplies<>());
}

/// Halves the slowest axes until a chunk fits HDF5's default chunk cache of 1 MiB.
H5Dims default_chunk(H5Dims dims, std::size_t width) {
  constexpr std::uint64_t target = 1 << 20;
  for (auto& extent : dims)
    while (extent > 1 && elements(dims) * width > target) extent = (extent + 1) / 2;
  return dims;
}

Handle creation_list(const H5Dims& dims, const H5Options& options, std::size_t width) {
  auto list = property_list(H5P_DATASET_CREATE);
  bool good = H5Pset_obj_track_times(list, false) >= 0;
  if (options.fill) good = good && H5Pset_fill_value(list, H5T_NATIVE_DOUBLE, &*options.fill) >= 0;
  if (elements(dims) > 1 || !options.chunk.empty()) {
    const auto chunk = options.chunk.empty() ? default_chunk(dims, width) : options.chunk;
    good = good && H5Pset_chunk(list, static_cast<int>(chunk.size()),
                                reinterpret_cast<const hsize_t*>(chunk.data())) >= 0;
    if (options.deflate > 0)
      good = good && H5Pset_shuffle(list) >= 0 &&
             H5Pset_deflate(list, static_cast<unsigned>(options.deflate)) >= 0;
    good = good && H5Pset_fletcher32(list) >= 0;
  }
  check(good ? 0 : -1, ExitCode::internal, "cannot lay out an array of shape ({})",
        fmt::join(dims, " x "));
  return list;
}

void select(hid_t space, const H5Box& box, const std::string& where) {
  const auto dims = extent(space);
  bool inside = box.start.size() == dims.size() && box.count.size() == dims.size();
  for (std::size_t i = 0; inside && i < dims.size(); ++i)
    inside = box.start[i] <= dims[i] && box.count[i] <= dims[i] - box.start[i];
  require(inside, ExitCode::internal, "box ({}) at ({}) does not fit {} of shape ({})",
          fmt::join(box.count, " x "), fmt::join(box.start, ", "), where, fmt::join(dims, " x "));
  if (dims.empty()) return;
  check(elements(box.count) == 0
            ? H5Sselect_none(space)
            : H5Sselect_hyperslab(space, H5S_SELECT_SET,
                                  reinterpret_cast<const hsize_t*>(box.start.data()), nullptr,
                                  reinterpret_cast<const hsize_t*>(box.count.data()), nullptr),
        ExitCode::internal, "cannot select a part of {}", where);
}

}  // namespace

H5Dims H5File::dims(const std::string& path) const {
  require(exists(path), ExitCode::data, "{} is missing", at(path));
  const auto dataset = open_dataset(id_, path, at(path));
  if (trust_ == H5Trust::foreign) distrust(id_, dataset, at(path));
  const Handle space(check(H5Dget_space(dataset), ExitCode::data, "cannot read {}", at(path)),
                     H5Sclose);
  return extent(space);
}

H5Type H5File::type(const std::string& path) const {
  require(exists(path), ExitCode::data, "{} is missing", at(path));
  return stored_type(open_dataset(id_, path, at(path)));
}

template <class T>
void H5File::create_array(const std::string& path, const H5Dims& dims, const H5Options& options) {
  const auto space = data_space(dims);
  const auto creation = creation_list(dims, options, sizeof(T));
  const auto links = link_list();
  Handle dataset(
      check(H5Dcreate2(id_, path.c_str(), TypeOf<T>::file(), space, links, creation, H5P_DEFAULT),
            ExitCode::io, "cannot create the array {}", at(path)),
      H5Dclose);
  check(dataset.close(), ExitCode::io, "cannot write {}", at(path));
}

template <class T>
void H5File::write_box(const std::string& path, const H5Box& box, std::span<const T> values) {
  require(values.size() == elements(box.count), ExitCode::internal,
          "{} values for a box ({}) of {}", values.size(), fmt::join(box.count, " x "), at(path));
  auto dataset = open_dataset(id_, path, at(path));
  const Handle space(check(H5Dget_space(dataset), ExitCode::io, "cannot write {}", at(path)),
                     H5Sclose);
  select(space, box, at(path));
  if (values.empty()) return;
  const auto memory = data_space(box.count);
  check(H5Dwrite(dataset, TypeOf<T>::memory(), memory, space, H5P_DEFAULT, values.data()),
        ExitCode::io, "cannot write {}", at(path));
  check(dataset.close(), ExitCode::io, "cannot write {}", at(path));
}

template <class T>
void H5File::write_array(const std::string& path, const H5Dims& dims, std::span<const T> values,
                         const H5Options& options) {
  create_array<T>(path, dims, options);
  write_box<T>(path, {H5Dims(dims.size(), 0), dims}, values);
}

template <class T>
void H5File::read_box(const std::string& path, const H5Box& box, std::span<T> into) const {
  require(exists(path), ExitCode::data, "{} is missing", at(path));
  const auto dataset = open_dataset(id_, path, at(path));
  if (trust_ == H5Trust::foreign) distrust(id_, dataset, at(path));
  const Handle type(check(H5Dget_type(dataset), ExitCode::data, "cannot read {}", at(path)),
                    H5Tclose);
  const auto kind = H5Tget_class(type);
  require(kind == H5T_INTEGER || (kind == H5T_FLOAT && std::is_floating_point_v<T>), ExitCode::data,
          "{} holds elements of HDF5 class {} (expected {})", at(path), static_cast<int>(kind),
          std::is_floating_point_v<T> ? "numbers" : "integers");
  const Handle space(check(H5Dget_space(dataset), ExitCode::data, "cannot read {}", at(path)),
                     H5Sclose);
  select(space, box, at(path));
  require(into.size() == elements(box.count), ExitCode::internal,
          "room for {} values, box ({}) of {}", into.size(), fmt::join(box.count, " x "), at(path));
  if (into.empty()) return;
  const auto memory = data_space(box.count);
  check(H5Dread(dataset, TypeOf<T>::memory(), memory, space, H5P_DEFAULT, into.data()),
        ExitCode::data, "cannot read {}", at(path));
}

template <class T>
void H5File::read_into(const std::string& path, std::span<T> into) const {
  const auto all = dims(path);
  read_box<T>(path, {H5Dims(all.size(), 0), all}, into);
}

template <class T>
std::vector<T> H5File::read_array(const std::string& path) const {
  const auto found = type(path);
  require(found == TypeOf<T>::value, ExitCode::data, "{} has element type {} (expected {})",
          at(path), static_cast<int>(found), static_cast<int>(TypeOf<T>::value));
  std::vector<T> values(elements(dims(path)));
  read_into<T>(path, values);
  return values;
}

template <class T>
void H5File::create_view(const std::string& path, const H5Dims& dims,
                         std::span<const H5Source> sources) {
  auto creation = property_list(H5P_DATASET_CREATE);
  const double fill = std::is_floating_point_v<T> ? std::numeric_limits<double>::quiet_NaN() : -1.0;
  bool good = H5Pset_obj_track_times(creation, false) >= 0 &&
              H5Pset_fill_value(creation, H5T_NATIVE_DOUBLE, &fill) >= 0;
  const auto space = data_space(dims);
  for (const auto& source : sources) {
    std::string file;  // "%b" in a source name would stand for a block number
    for (const char c : source.file) file.append(c == '%' ? 2 : 1, c);
    const auto whole = data_space(source.extent);
    select(whole, source.from, source.dataset);
    select(space, {source.at, source.from.count}, at(path));
    good =
        good && H5Pset_virtual(creation, space, file.c_str(), source.dataset.c_str(), whole) >= 0;
  }
  check(good ? 0 : -1, ExitCode::io, "cannot describe the view {}", at(path));
  const auto links = link_list();
  const auto shape = data_space(dims);
  Handle dataset(
      check(H5Dcreate2(id_, path.c_str(), TypeOf<T>::file(), shape, links, creation, H5P_DEFAULT),
            ExitCode::io, "cannot create the view {}", at(path)),
      H5Dclose);
  check(dataset.close(), ExitCode::io, "cannot write {}", at(path));
}

#define ECHELON_INSTANTIATE(T)                                                                \
  template void H5File::create_array<T>(const std::string&, const H5Dims&, const H5Options&); \
  template void H5File::write_box<T>(const std::string&, const H5Box&, std::span<const T>);   \
  template void H5File::write_array<T>(const std::string&, const H5Dims&, std::span<const T>, \
                                       const H5Options&);                                     \
  template void H5File::read_box<T>(const std::string&, const H5Box&, std::span<T>) const;    \
  template void H5File::read_into<T>(const std::string&, std::span<T>) const;                 \
  template std::vector<T> H5File::read_array<T>(const std::string&) const;                    \
  template void H5File::create_view<T>(const std::string&, const H5Dims&,                     \
                                       std::span<const H5Source>);
ECHELON_H5_FOR_EACH_TYPE(ECHELON_INSTANTIATE)
#undef ECHELON_INSTANTIATE

}  // namespace echelon
