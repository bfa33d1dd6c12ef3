#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct z_stream_s;

namespace echelon {

/// The bytes of a file in order, inflated on the way when it is gzip (by content, not by name; any
/// number of members). Uses a fixed amount of memory. Error(no_input) when there is no such file,
/// Error(data) when the gzip stream is damaged, cut short or followed by something else.
class ByteReader {
 public:
  explicit ByteReader(const std::filesystem::path& path);

  /// Fills `into`; returns less than its size only at the end.
  std::size_t read(std::span<std::byte> into);
  /// Reads on to the end, or until more than `limit` bytes were passed, and returns their number.
  std::uint64_t skip(std::uint64_t limit);
  bool compressed() const { return inflater_ != nullptr; }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  struct EndInflate {
    void operator()(z_stream_s* stream) const;
  };

  std::span<std::byte> read_raw(std::span<std::byte> into);
  std::size_t inflate_some(std::span<std::byte> into);
  bool refill();

  std::string name_;
  std::unique_ptr<std::FILE, CloseFile> file_;
  std::unique_ptr<z_stream_s, EndInflate> inflater_;
  std::vector<std::byte> buffer_;
  bool between_members_ = false;
};

}  // namespace echelon
