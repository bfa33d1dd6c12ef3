#pragma once

#include <hdf5.h>

#include <cstdint>
#include <string>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/h5/h5.hpp"

namespace echelon::h5 {

/// The innermost complaint on HDF5's error stack, and clears the stack.
std::string complaint();

/// `status` of an HDF5 call, or Error(code) with the formatted message and HDF5's complaint.
template <class Status, class... Args>
Status check(Status status, ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (status < 0) [[unlikely]]
    fail(code, fmt::format(format, std::forward<Args>(args)...) + " (HDF5: " + complaint() + ")");
  return status;
}

/// Owns one identifier of the library.
class Handle {
 public:
  Handle(hid_t id, herr_t (*closer)(hid_t)) : id_(id), close_(closer) {}
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  /// Closing a data set writes its cached chunks, so it can fail like any write.
  herr_t close() { return close_(std::exchange(id_, -1)); }

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// Starts the library; before anything else of it.
void initialise();
/// How every file is opened: format, locking and closing.
Handle access_list(const std::string& name);
/// A new file; negative when that failed.
hid_t create_file(const std::string& path, hid_t access);

Handle property_list(hid_t kind);
Handle data_space(const H5Dims& dims);
H5Dims extent(hid_t space);
Handle open_dataset(hid_t file, const std::string& path, const std::string& where);
H5Type stored_type(hid_t dataset);
/// Everything H5Trust::foreign promises about one data set.
void distrust(hid_t file, hid_t dataset, const std::string& where);
/// A property list for links that also creates the groups above them.
Handle link_list();

template <class T>
struct TypeOf;

#define ECHELON_H5_TYPE(T, NAME, MEMORY, FILE)    \
  template <>                                     \
  struct TypeOf<T> {                              \
    static constexpr H5Type value = H5Type::NAME; \
    static hid_t memory() { return MEMORY; }      \
    static hid_t file() { return FILE; }          \
  };
ECHELON_H5_TYPE(double, float64, H5T_NATIVE_DOUBLE, H5T_IEEE_F64LE)
ECHELON_H5_TYPE(float, float32, H5T_NATIVE_FLOAT, H5T_IEEE_F32LE)
ECHELON_H5_TYPE(std::int64_t, int64, H5T_NATIVE_INT64, H5T_STD_I64LE)
ECHELON_H5_TYPE(std::int32_t, int32, H5T_NATIVE_INT32, H5T_STD_I32LE)
ECHELON_H5_TYPE(std::int8_t, int8, H5T_NATIVE_INT8, H5T_STD_I8LE)
ECHELON_H5_TYPE(std::uint8_t, uint8, H5T_NATIVE_UINT8, H5T_STD_U8LE)
#undef ECHELON_H5_TYPE

/// Instantiates a member template of H5File for every element type.
#define ECHELON_H5_FOR_EACH_TYPE(X) \
  X(double) X(float) X(std::int64_t) X(std::int32_t) X(std::int8_t) X(std::uint8_t)

}  // namespace echelon::h5
