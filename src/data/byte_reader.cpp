#include "byte_reader.hpp"

#include <zlib.h>

#include <algorithm>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::size_t block = 1 << 16;
constexpr int gzip_only = 16 + MAX_WBITS;

}  // namespace

void ByteReader::EndInflate::operator()(z_stream_s* stream) const {
  inflateEnd(stream);
  delete stream;
}

ByteReader::ByteReader(const std::filesystem::path& path) : name_(path.string()), buffer_(block) {
  require(std::filesystem::exists(path), ExitCode::no_input, "file '{}' does not exist", name_);
  require(std::filesystem::is_regular_file(path), ExitCode::no_input, "'{}' is not a regular file",
          name_);
  file_.reset(std::fopen(name_.c_str(), "rb"));
  require(file_ != nullptr, ExitCode::no_input, "file '{}' cannot be opened", name_);
  std::byte magic[2] = {};
  const auto start = read_raw(magic);
  std::rewind(file_.get());
  if (start.size() < 2 || magic[0] != std::byte{0x1f} || magic[1] != std::byte{0x8b}) return;
  inflater_.reset(new z_stream_s{});
  require(inflateInit2(inflater_.get(), gzip_only) == Z_OK, ExitCode::internal,
          "cannot start zlib for '{}'", name_);
}

std::span<std::byte> ByteReader::read_raw(std::span<std::byte> into) {
  const auto count = std::fread(into.data(), 1, into.size(), file_.get());
  require(std::ferror(file_.get()) == 0, ExitCode::io, "reading '{}' failed", name_);
  return into.first(count);
}

bool ByteReader::refill() {
  if (inflater_->avail_in > 0) return true;
  const auto bytes = read_raw(buffer_);
  inflater_->next_in = reinterpret_cast<Bytef*>(bytes.data());
  inflater_->avail_in = static_cast<uInt>(bytes.size());
  return !bytes.empty();
}

std::size_t ByteReader::inflate_some(std::span<std::byte> into) {
  const auto room = std::min<std::size_t>(into.size(), 1 << 30);
  inflater_->next_out = reinterpret_cast<Bytef*>(into.data());
  inflater_->avail_out = static_cast<uInt>(room);
  while (inflater_->avail_out == room) {
    if (!refill()) {
      require(between_members_, ExitCode::data, "gzip file '{}' is cut short", name_);
      return 0;
    }
    between_members_ = false;
    const int status = inflate(inflater_.get(), Z_NO_FLUSH);
    require(status == Z_OK || status == Z_STREAM_END, ExitCode::data,
            "gzip file '{}' is damaged (zlib: {})", name_,
            inflater_->msg != nullptr ? inflater_->msg : zError(status));
    if (status != Z_STREAM_END) continue;
    between_members_ = true;
    inflateReset(inflater_.get());
  }
  return room - inflater_->avail_out;
}

std::size_t ByteReader::read(std::span<std::byte> into) {
  if (inflater_ == nullptr) return read_raw(into).size();
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = inflate_some(into.subspan(done));
    if (count == 0) break;
    done += count;
  }
  return done;
}

std::uint64_t ByteReader::skip(std::uint64_t limit) {
  std::vector<std::byte> scratch(block);
  std::uint64_t total = 0;
  for (std::size_t count = 1; count > 0 && total <= limit; total += count) count = read(scratch);
  return total;
}

}  // namespace echelon
