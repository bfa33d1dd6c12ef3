#include <hdf5_hl.h>

#include <algorithm>

#include "handle.hpp"

namespace echelon {

using namespace h5;

namespace {

Handle open_object(hid_t file, const std::string& path, const std::string& where) {
  return {check(H5Oopen(file, path.c_str(), H5P_DEFAULT), ExitCode::data, "cannot open {}", where),
          H5Oclose};
}

Handle text_type(std::size_t length) {
  Handle type(check(H5Tcopy(H5T_C_S1), ExitCode::internal, "cannot describe a text"), H5Tclose);
  const bool good = H5Tset_size(type, std::max<std::size_t>(length, 1)) >= 0 &&
                    H5Tset_strpad(type, H5T_STR_NULLPAD) >= 0 &&
                    H5Tset_cset(type, H5T_CSET_UTF8) >= 0;
  check(good ? 0 : -1, ExitCode::internal, "cannot describe a text of {} bytes", length);
  return type;
}

void write(hid_t object, const std::string& name, hid_t file_type, hid_t memory_type,
           const H5Dims& dims, const void* values) {
  const auto space = data_space(dims);
  Handle attribute(
      check(H5Acreate2(object, name.c_str(), file_type, space, H5P_DEFAULT, H5P_DEFAULT),
            ExitCode::io, "cannot create attribute '{}'", name),
      H5Aclose);
  // HDF5 has no pointer-free way to write nothing, and nothing needs writing.
  if (values != nullptr)
    check(H5Awrite(attribute, memory_type, values), ExitCode::io, "cannot write attribute '{}'",
          name);
  check(attribute.close(), ExitCode::io, "cannot write attribute '{}'", name);
}

void put(hid_t object, const std::string& name, const std::string& text) {
  const auto type = text_type(text.size());
  write(object, name, type, type, {}, text.c_str());
}

template <class T>
void put(hid_t object, const std::string& name, const T& value) {
  write(object, name, TypeOf<T>::file(), TypeOf<T>::memory(), {}, &value);
}

template <class T>
void put(hid_t object, const std::string& name, const std::vector<T>& values) {
  write(object, name, TypeOf<T>::file(), TypeOf<T>::memory(), {values.size()},
        values.empty() ? nullptr : values.data());
}

/// The bytes of an attribute converted to `memory` type (elements of `width` bytes).
template <class T>
std::vector<T> get(hid_t attribute, H5T_class_t kind, hid_t memory, std::size_t width,
                   const std::string& where) {
  const Handle type(check(H5Aget_type(attribute), ExitCode::data, "cannot read {}", where),
                    H5Tclose);
  const auto found = H5Tget_class(type);
  require(found == kind || (kind == H5T_FLOAT && found == H5T_INTEGER), ExitCode::data,
          "{} has HDF5 class {} (expected {})", where, static_cast<int>(found),
          static_cast<int>(kind));
  const Handle space(check(H5Aget_space(attribute), ExitCode::data, "cannot read {}", where),
                     H5Sclose);
  const auto count = H5Sget_simple_extent_npoints(space);
  // An attribute lives in an object header or heap, far below this; a damaged one may not say so.
  require(count >= 0 && count <= (std::int64_t{1} << 26) && width <= (std::size_t{1} << 26) &&
              static_cast<std::size_t>(count) * width <= (std::size_t{1} << 26),
          ExitCode::data, "{} announces {} elements of {} bytes (limit 64 MiB)", where, count,
          width);
  std::vector<T> values(static_cast<std::size_t>(count) * width / sizeof(T));
  if (!values.empty())
    check(H5Aread(attribute, memory, values.data()), ExitCode::data, "cannot read {}", where);
  return values;
}

void get(hid_t attribute, std::string& out, const std::string& where) {
  const Handle type(check(H5Aget_type(attribute), ExitCode::data, "cannot read {}", where),
                    H5Tclose);
  require(H5Tget_class(type) == H5T_STRING && H5Tis_variable_str(type) == 0, ExitCode::data,
          "{} is not a text of fixed length", where);
  const auto bytes = get<char>(attribute, H5T_STRING, type, H5Tget_size(type), where);
  out.assign(bytes.begin(), std::find(bytes.begin(), bytes.end(), '\0'));
}

template <class T>
void get(hid_t attribute, std::vector<T>& out, const std::string& where) {
  constexpr auto kind = std::is_floating_point_v<T> ? H5T_FLOAT : H5T_INTEGER;
  out = get<T>(attribute, kind, TypeOf<T>::memory(), sizeof(T), where);
}

template <class T>
void get(hid_t attribute, T& out, const std::string& where) {
  std::vector<T> values;
  get(attribute, values, where);
  require(values.size() == 1, ExitCode::data, "{} has {} elements (expected 1)", where,
          values.size());
  out = values.front();
}

}  // namespace

void H5File::set_attribute(const std::string& path, const std::string& name,
                           const H5Attribute& value) {
  const bool replaces = has_attribute(path, name);
  const auto object = open_object(id_, path, at(path));
  if (replaces)
    check(H5Adelete(object, name.c_str()), ExitCode::io, "cannot replace attribute '{}' of {}",
          name, at(path));
  std::visit([&](const auto& v) { put(object, name, v); }, value);
}

bool H5File::has_attribute(const std::string& path, const std::string& name) const {
  require(exists(path), ExitCode::data, "{} is missing", at(path));
  const auto object = open_object(id_, path, at(path));
  return check(H5Aexists(object, name.c_str()), ExitCode::data, "cannot read attributes of {}",
               at(path)) > 0;
}

template <class T>
T H5File::attribute(const std::string& path, const std::string& name) const {
  const auto where = fmt::format("attribute '{}' of {}", name, at(path));
  require(has_attribute(path, name), ExitCode::data, "{} is missing", where);
  const auto object = open_object(id_, path, at(path));
  const Handle handle(
      check(H5Aopen(object, name.c_str(), H5P_DEFAULT), ExitCode::data, "cannot open {}", where),
      H5Aclose);
  T value{};
  get(handle, value, where);
  return value;
}

template std::string H5File::attribute(const std::string&, const std::string&) const;
template double H5File::attribute(const std::string&, const std::string&) const;
template std::int64_t H5File::attribute(const std::string&, const std::string&) const;
template std::vector<double> H5File::attribute(const std::string&, const std::string&) const;
template std::vector<std::int64_t> H5File::attribute(const std::string&, const std::string&) const;

void H5File::make_scale(const std::string& path, const std::string& axis_name) {
  const auto dataset = open_dataset(id_, path, at(path));
  check(H5DSset_scale(dataset, axis_name.c_str()), ExitCode::io, "cannot make {} a scale",
        at(path));
}

void H5File::attach_scale(const std::string& path, unsigned axis, const std::string& scale) {
  const auto dataset = open_dataset(id_, path, at(path));
  const auto coordinates = open_dataset(id_, scale, at(scale));
  check(H5DSattach_scale(dataset, coordinates, axis), ExitCode::io,
        "cannot attach scale '{}' to axis {} of {}", scale, axis, at(path));
}

}  // namespace echelon
