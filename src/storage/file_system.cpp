#include "echelon/storage/file_system.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;

std::string reason(int number) {
  return std::error_code(number, std::generic_category()).message();
}

[[noreturn]] void fail_io(const char* doing, const fs::path& file) {
  const int number = errno;
  fail(ExitCode::io, fmt::format("cannot {} '{}' ({})", doing, file.string(), reason(number)));
}

/// An open file; closing reports, because some file systems tell of a lost write only then.
class Descriptor {
 public:
  Descriptor(const fs::path& file, int flags, const char* doing) : file_(file) {
    do number_ = ::open(file.c_str(), flags | O_CLOEXEC, 0644);
    while (number_ < 0 && errno == EINTR);
    if (number_ < 0) fail_io(doing, file_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  void write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(number_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail_io("write", file_);
      require(written > 0, ExitCode::io, "cannot write '{}' (no byte was taken)", file_.string());
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  /// Bytes read; fewer than asked for only at the end of the file.
  std::size_t read(std::span<std::byte> bytes) {
    std::size_t filled = 0;
    while (filled < bytes.size()) {
      const ssize_t got = ::read(number_, bytes.data() + filled, bytes.size() - filled);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail_io("read", file_);
      if (got == 0) break;
      filled += static_cast<std::size_t>(got);
    }
    return filled;
  }

  void synchronise() {
    int result = 0;
    do result = ::fsync(number_);
    while (result != 0 && errno == EINTR);
    if (result != 0) fail_io("synchronise", file_);
  }

  void close() {
    // Linux releases the descriptor even when close fails, so it must not be closed again.
    if (::close(std::exchange(number_, -1)) != 0 && errno != EINTR) fail_io("close", file_);
  }

  std::uint64_t regular_size() {
    struct stat status {};
    if (::fstat(number_, &status) != 0) fail_io("examine", file_);
    require(S_ISREG(status.st_mode), ExitCode::data, "'{}' is not a regular file", file_.string());
    return static_cast<std::uint64_t>(status.st_size);
  }

 private:
  fs::path file_;
  int number_ = -1;
};

class Hasher {
 public:
  Hasher() : state_(XXH3_createState(), XXH3_freeState) {
    require(state_ != nullptr && XXH3_128bits_reset(state_.get()) == XXH_OK, ExitCode::internal,
            "cannot start a hash");
  }
  void add(std::span<const std::byte> bytes) {
    XXH3_128bits_update(state_.get(), bytes.data(), bytes.size());
  }
  std::string hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
};

void synchronise_directory(const fs::path& directory) {
  Descriptor handle(directory, O_RDONLY | O_DIRECTORY, "open directory");
  handle.synchronise();
  handle.close();
}

void write_new(const fs::path& file, std::span<const std::byte> bytes) {
  Descriptor out(file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "create");
  out.write(bytes);
  out.synchronise();
  out.close();
}

Descriptor open_to_read(const fs::path& file) {
  struct stat status {};
  require(::lstat(file.c_str(), &status) == 0 || errno != ENOENT, ExitCode::no_input,
          "'{}' does not exist", file.string());
  require(!S_ISLNK(status.st_mode), ExitCode::data, "'{}' is a symbolic link (not followed)",
          file.string());
  // Without O_NONBLOCK a FIFO put in a file's place would hang the program.
  return Descriptor(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, "open");
}

/// Hands the file over piece by piece.
void read_through(Descriptor& in, const std::function<void(std::span<const std::byte>)>& take) {
  std::vector<std::byte> buffer(piece);
  while (true) {
    const std::size_t got = in.read(buffer);
    take(std::span(buffer).first(got));
    if (got < buffer.size()) return;
  }
}

void check_written(const fs::path& file, std::span<const std::byte> expected) {
  Descriptor in(file, O_RDONLY | O_NOFOLLOW, "reopen");
  bool same = in.regular_size() == expected.size();
  read_through(in, [&](std::span<const std::byte> part) {
    same = same && part.size() <= expected.size() &&
           std::equal(part.begin(), part.end(), expected.begin());
    if (same) expected = expected.subspan(part.size());
  });
  in.close();
  require(same && expected.empty(), ExitCode::io,
          "'{}' does not hold what was just written to it (failing disk?)", file.string());
}

[[noreturn]] void fail_stamp(const FileStamp& stamp, const std::string& how) {
  fail(ExitCode::data, fmt::format("'{}' is damaged ({})", stamp.name, how));
}

void require_size(const FileStamp& stamp, std::uint64_t size) {
  if (size != stamp.bytes)
    fail_stamp(stamp, fmt::format("{} bytes, {} were committed", size, stamp.bytes));
}

void require_hash(const FileStamp& stamp, const std::string& hash) {
  if (hash != stamp.hash) fail_stamp(stamp, "its hash is not the committed one");
}

}  // namespace

std::string hash_of(std::span<const std::byte> bytes) {
  Hasher hasher;
  hasher.add(bytes);
  return hasher.hex();
}

FileStamp atomic_write(const fs::path& directory, const std::string& name,
                       std::span<const std::byte> bytes) {
  const fs::path final_file = directory / name;
  fs::path temporary = final_file;
  temporary += temporary_suffix;
  remove_file(temporary);
  try {
    write_new(temporary, bytes);
    check_written(temporary, bytes);
    if (::rename(temporary.c_str(), final_file.c_str()) != 0) fail_io("rename", temporary);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  synchronise_directory(final_file.parent_path());
  return {name, bytes.size(), hash_of(bytes)};
}

std::vector<std::byte> read_file(const fs::path& file, std::uint64_t limit) {
  Descriptor in = open_to_read(file);
  const std::uint64_t size = in.regular_size();
  require(size <= limit, ExitCode::data, "'{}' is too long ({} bytes, expected at most {})",
          file.string(), size, limit);
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  const std::size_t got = in.read(bytes);
  require(got == bytes.size(), ExitCode::data, "'{}' shrank while it was read ({} of {} bytes)",
          file.string(), got, size);
  in.close();
  return bytes;
}

std::vector<std::byte> read_stamped(const fs::path& directory, const FileStamp& stamp) {
  std::vector<std::byte> bytes = read_file(directory / stamp.name, stamp.bytes);
  require_size(stamp, bytes.size());
  require_hash(stamp, hash_of(bytes));
  return bytes;
}

void check_stamp(const fs::path& directory, const FileStamp& stamp) {
  Descriptor in = open_to_read(directory / stamp.name);
  require_size(stamp, in.regular_size());
  Hasher hasher;
  read_through(in, [&hasher](std::span<const std::byte> part) { hasher.add(part); });
  in.close();
  require_hash(stamp, hasher.hex());
}

void check_size(const fs::path& directory, const FileStamp& stamp) {
  Descriptor in = open_to_read(directory / stamp.name);
  require_size(stamp, in.regular_size());
}

void make_directory(const fs::path& directory) {
  std::error_code error;
  if (fs::is_directory(directory, error)) return;
  fs::create_directories(directory, error);
  require(!error && fs::is_directory(directory), ExitCode::locked,
          "cannot create directory '{}' ({})", directory.string(), error.message());
  const fs::path parent = fs::absolute(directory).lexically_normal().parent_path();
  synchronise_directory(parent);
}

void remove_file(const fs::path& file) {
  if (::unlink(file.c_str()) != 0 && errno != ENOENT) fail_io("remove", file);
}

std::vector<std::string> list_directory(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error))
    names.push_back(entry->path().filename().string());
  require(!error || error == std::errc::no_such_file_or_directory, ExitCode::io,
          "cannot list '{}' ({})", directory.string(), error.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace echelon
