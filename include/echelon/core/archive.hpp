#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace echelon {

/// A set of named one-dimensional arrays: the form in which state leaves its owner, to travel
/// between ranks, into a checkpoint, or as one row of an output table. Names are slash-separated
/// paths. Values come back with the bits that went in.
class Archive {
 public:
  using Array = std::variant<std::vector<double>, std::vector<float>, std::vector<std::int64_t>>;

  void put(const std::string& name, Array values);
  void put(const std::string& name, double value) { put(name, std::vector<double>{value}); }
  void put(const std::string& name, std::int64_t value) {
    put(name, std::vector<std::int64_t>{value});
  }
  /// Copies every array of `other` under "prefix/".
  void put_all(const std::string& prefix, const Archive& other);

  bool has(const std::string& name) const { return arrays_.contains(name); }
  /// The array of that name and type. Error(data) naming it when it is missing or of another type.
  template <class T>
  const std::vector<T>& get(const std::string& name) const;
  /// The array's only element. Error(data) when it has any other number of them.
  template <class T>
  T get_scalar(const std::string& name) const;
  /// The arrays below "prefix/", without it.
  Archive part(const std::string& prefix) const;

  const std::map<std::string, Array>& arrays() const { return arrays_; }
  bool operator==(const Archive&) const = default;

  std::vector<std::byte> to_bytes() const;
  /// Error(data) on any malformed input; never reads outside the span.
  static Archive from_bytes(std::span<const std::byte> bytes);

 private:
  std::map<std::string, Array> arrays_;
};

}  // namespace echelon
