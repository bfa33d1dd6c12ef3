#include "idx.hpp"

#include <array>
#include <limits>

#include "byte_reader.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<int>::max());

std::string element_name(unsigned code) {
  switch (code) {
    case 0x08:
      return "unsigned bytes";
    case 0x09:
      return "signed bytes";
    case 0x0B:
      return "16-bit integers";
    case 0x0C:
      return "32-bit integers";
    case 0x0D:
      return "32-bit reals";
    case 0x0E:
      return "64-bit reals";
    default:
      return "no known element type";
  }
}

std::array<unsigned, 4> read_word(ByteReader& reader, const std::string& name, const char* field) {
  std::array<std::byte, 4> bytes{};
  const auto count = reader.read(bytes);
  require(count == 4, ExitCode::data, "{}: {} is cut short ({} of 4 bytes)", name, field, count);
  std::array<unsigned, 4> word{};
  for (std::size_t i = 0; i < 4; ++i) word[i] = std::to_integer<unsigned>(bytes[i]);
  return word;
}

std::size_t read_magic(ByteReader& reader, const std::string& name) {
  const auto m = read_word(reader, name, "magic number");
  const bool swapped = m[3] == 0 && m[2] == 0 && m[1] == 0x08 && m[0] > 0;
  require(!swapped, ExitCode::data,
          "{}: magic number {:02x}{:02x}{:02x}{:02x} is little-endian (expected {:02x}{:02x}{:02x}"
          "{:02x}): rewrite the file in the standard big-endian order",
          name, m[0], m[1], m[2], m[3], m[3], m[2], m[1], m[0]);
  require(m[0] == 0 && m[1] == 0, ExitCode::data,
          "{}: magic number {:02x}{:02x}{:02x}{:02x} does not begin with 0000 (not an IDX file)",
          name, m[0], m[1], m[2], m[3]);
  require(m[2] == 0x08, ExitCode::data,
          "{}: element type {:02x} means {} (expected 08, unsigned bytes)", name, m[2],
          element_name(m[2]));
  require(m[3] >= 1, ExitCode::data, "{}: rank is {} (expected at least 1)", name, m[3]);
  return m[3];
}

std::uint32_t read_extent(ByteReader& reader, const std::string& name) {
  const auto b = read_word(reader, name, "header");
  return b[0] << 24 | b[1] << 16 | b[2] << 8 | b[3];
}

}  // namespace

IdxFile::IdxFile(const std::filesystem::path& path, std::string content)
    : name_(fmt::format("{} '{}'", content, path.string())), path_(path) {
  ByteReader reader(path);
  dims_.resize(read_magic(reader, name_));
  std::uint64_t size = 1;
  for (auto& extent : dims_) {
    extent = read_extent(reader, name_);
    require(extent > 0, ExitCode::data, "{}: shape has an axis of extent {} (expected at least 1)",
            name_, extent);
    if (&extent != &dims_.front()) size *= extent;
    require(extent <= largest && size <= largest, ExitCode::data,
            "{}: extent {} makes the shape too large (limit {} per item and axis)", name_, extent,
            largest);
  }
  item_size_ = static_cast<int>(size);
  const auto announced = size * dims_.front();
  const auto found = reader.compressed() ? reader.skip(announced)
                                         : std::filesystem::file_size(path) - header_size();
  require(found == announced, ExitCode::data, "{}: shape ({}) announces {} bytes but {}{} follow",
          name_, fmt::join(dims_, " x "), announced,
          found > announced && reader.compressed() ? "at least " : "", found);
}

void IdxFile::visit(
    int count, const std::function<void(int, std::span<const std::uint8_t>)>& visit_item) const {
  ByteReader reader(path_);
  std::vector<std::byte> header(header_size());
  reader.read(header);
  const auto width = static_cast<std::size_t>(item_size_);
  std::vector<std::uint8_t> item(width);
  for (int i = 0; i < count; ++i) {
    const auto got = reader.read(std::as_writable_bytes(std::span(item)));
    require(got == width, ExitCode::data, "{}: item {} has {} of {} bytes (file changed?)", name_,
            i, got, width);
    visit_item(i, item);
  }
}

}  // namespace echelon
