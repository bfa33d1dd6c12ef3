#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace echelon {

/// Element types as stored; integers and reals of any byte order count, anything else is `other`.
enum class H5Type { float64, float32, int64, int32, int8, uint8, other };

/// What a reader assumes of a file. A `foreign` file may be damaged or hostile: links other than
/// hard ones, data sets that are virtual, keep their values in other files, are only partly
/// written or pass through filters other than deflate, shuffle and Fletcher32, and sizes that do
/// not fit the file's length are refused with Error(data) before anything is allocated.
enum class H5Trust { own, foreign };

/// Extents per axis, slowest first (row-major): a column-major (m x n) matrix is stored (n, m).
using H5Dims = std::vector<std::uint64_t>;

struct H5Options {
  H5Dims chunk;                ///< empty: whole trailing axes, at most about 1 MiB
  std::optional<double> fill;  ///< what elements never written read as (default 0)
  int deflate = 0;             ///< compression level 1..9; 0: none
};

/// A box inside an array: first index and extent per axis.
struct H5Box {
  H5Dims start, count;
};

/// One part of a view: `from.count` elements of a data set in another file appear at `at`.
struct H5Source {
  std::string file;     ///< relative to the directory of the file that holds the view
  std::string dataset;  ///< path inside that file
  H5Dims extent;        ///< the whole shape of that data set
  H5Box from;           ///< what is shown of it
  H5Dims at;            ///< where it starts in the view
};

using H5Attribute =
    std::variant<std::string, double, std::int64_t, std::vector<double>, std::vector<std::int64_t>>;

/// One HDF5 file, on disk or in memory; the only door to the (serial, not thread-safe) library.
/// Paths are absolute inside the file ("/train/inputs"). Every call checks every return value; an
/// Error names file and path and ends with the library's own innermost complaint. Its code is
/// no_input (missing file), data (anything wrong with what is read) or io (writing failed).
/// Arrays are chunked with Fletcher32 checksums unless they hold no or one element; nothing
/// written depends on the clock. Files are not locked, so that others may read while we write.
class H5File {
 public:
  /// A new file; Error(io) when the path exists.
  static H5File create(const std::filesystem::path& path);
  /// A new file that lives in memory and ends with image(); `name` only serves messages.
  static H5File create_in_memory(const std::string& name);
  static H5File open(const std::filesystem::path& path, H5Trust trust = H5Trust::foreign);
  /// Reads a file image that the result owns.
  static H5File open_bytes(std::vector<std::byte> bytes, const std::string& name,
                           H5Trust trust = H5Trust::foreign);

  H5File(H5File&& other) noexcept;
  H5File& operator=(H5File&& other) noexcept;
  ~H5File();  ///< closes without a check: call close() after writing

  const std::string& name() const { return name_; }
  void flush();
  /// Error(io) when anything could not be written out. Nothing but destruction may follow.
  void close();
  /// close(), and the bytes the file would have on disk; only after create_in_memory().
  std::vector<std::byte> image();

  bool exists(const std::string& path) const;
  bool is_group(const std::string& path) const;
  /// Names directly below a group, sorted.
  std::vector<std::string> list(const std::string& group) const;
  H5Type type(const std::string& path) const;
  /// Of a foreign file only a shape that its stored bytes bear out: safe to allocate by.
  H5Dims dims(const std::string& path) const;

  /// Creates a group and those above it; exists already: nothing happens.
  void create_group(const std::string& path);

  /// T is one of double, float, int64_t, int32_t, int8_t, uint8_t. Groups above are created.
  template <class T>
  void create_array(const std::string& path, const H5Dims& dims, const H5Options& options = {});
  template <class T>
  void write_box(const std::string& path, const H5Box& box, std::span<const T> values);
  /// create_array and write all of it.
  template <class T>
  void write_array(const std::string& path, const H5Dims& dims, std::span<const T> values,
                   const H5Options& options = {});

  /// All elements, row-major; Error(data) unless they are stored as T.
  template <class T>
  std::vector<T> read_array(const std::string& path) const;
  /// Part of an array into memory the caller sized; converts from any stored type, except that
  /// reals are never cut to integers.
  template <class T>
  void read_box(const std::string& path, const H5Box& box, std::span<T> into) const;
  /// The whole array, likewise.
  template <class T>
  void read_into(const std::string& path, std::span<T> into) const;

  /// Writes or replaces an attribute of a group or array. Strings are UTF-8 of fixed length.
  void set_attribute(const std::string& path, const std::string& name, const H5Attribute& value);
  bool has_attribute(const std::string& path, const std::string& name) const;
  /// T is one of H5Attribute's alternatives.
  template <class T>
  T attribute(const std::string& path, const std::string& name) const;

  /// Declares a one-dimensional array to be the coordinates of an axis of that name.
  void make_scale(const std::string& path, const std::string& axis_name);
  /// Ties axis `axis` of an array to a scale.
  void attach_scale(const std::string& path, unsigned axis, const std::string& scale);

  /// A virtual data set put together from other files; elements without a source, or whose
  /// source is missing when read, read as NaN (reals) or -1 (integers).
  template <class T>
  void create_view(const std::string& path, const H5Dims& dims, std::span<const H5Source> sources);

 private:
  H5File(std::string name, H5Trust trust) : name_(std::move(name)), trust_(trust) {}
  std::string at(const std::string& path) const;

  std::string name_;
  H5Trust trust_;
  std::int64_t id_ = -1;
  // What open_bytes() reads from, or where create_in_memory() ends up; outlives id_ at one address.
  std::unique_ptr<std::vector<std::byte>> image_;
};

}  // namespace echelon
