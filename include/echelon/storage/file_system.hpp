#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace echelon {

namespace fs = std::filesystem;

/// 128-bit xxHash3 of some bytes, as 32 lower-case hex digits.
std::string hash_of(std::span<const std::byte> bytes);

/// What a file must be to be trusted: the bytes that were committed under its name.
struct FileStamp {
  std::string name;  ///< relative to the run directory
  std::uint64_t bytes = 0;
  std::string hash;
  bool operator==(const FileStamp&) const = default;
};

/// Files written by a killed process end in this; no committed file does.
inline constexpr const char* temporary_suffix = ".part";

/// Makes `directory / name` hold exactly these bytes, or leaves what was there: a new file is
/// written under a temporary name (exclusively, following no link), synchronised, read back and
/// compared, then renamed over `name`, and the directory synchronised. Error(io) names the call
/// that failed; the temporary file is then removed. Returns what was written.
FileStamp atomic_write(const fs::path& directory, const std::string& name,
                       std::span<const std::byte> bytes);

/// The whole file. Error(no_input) when it does not exist, Error(data) when it is not a regular
/// file or longer than `limit`, Error(io) when reading fails.
std::vector<std::byte> read_file(const fs::path& file, std::uint64_t limit);

/// The file's bytes when they are the ones the stamp describes. Error(data) says how they differ.
std::vector<std::byte> read_stamped(const fs::path& directory, const FileStamp& stamp);

/// Reads the file through once in small pieces. Error(data) says how it differs from the stamp.
void check_stamp(const fs::path& directory, const FileStamp& stamp);

/// Looks only whether the file is there with that many bytes; Error(data) otherwise.
void check_size(const fs::path& directory, const FileStamp& stamp);

/// Creates the directory if need be and synchronises its parent. Error(locked) when impossible.
void make_directory(const fs::path& directory);

/// Removes a file or a link itself (never what it points to); a missing file is no error.
void remove_file(const fs::path& file);

/// Names of the entries of a directory, sorted; empty when there is no such directory.
std::vector<std::string> list_directory(const fs::path& directory);

}  // namespace echelon
