#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace echelon {

/// An IDX file of unsigned bytes (the format of MNIST): two zero bytes, the element type (8), the
/// rank, one big-endian 32-bit extent per axis, then the elements, last axis fastest. Opening one
/// checks the header and that exactly the announced bytes follow, in a fixed amount of memory.
class IdxFile {
 public:
  /// `content` ("images", "labels") serves messages. Error(no_input) or Error(data).
  IdxFile(const std::filesystem::path& path, std::string content);

  int items() const { return static_cast<int>(dims_.front()); }
  /// Bytes per item.
  int item_size() const { return item_size_; }
  int rank() const { return static_cast<int>(dims_.size()); }
  int extent(int axis) const { return static_cast<int>(dims_[static_cast<std::size_t>(axis)]); }
  const std::string& name() const { return name_; }

  /// Calls visit(index, bytes) for the first `count` items in order.
  void visit(int count,
             const std::function<void(int, std::span<const std::uint8_t>)>& visit_item) const;

 private:
  std::uint64_t header_size() const { return 4 + 4 * dims_.size(); }

  std::string name_;  // content and path
  std::filesystem::path path_;
  std::vector<std::uint32_t> dims_;
  int item_size_ = 0;
};

}  // namespace echelon
