#include "read_text.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "echelon/core/error.hpp"

namespace echelon {

std::string read_text(const std::string& path, const std::string& what) {
  constexpr std::uintmax_t largest = 1 << 20;
  std::error_code failure;
  require(std::filesystem::is_regular_file(path, failure), ExitCode::no_input,
          "{}: no such file (expected {})", path, what);
  require(std::filesystem::file_size(path, failure) <= largest, ExitCode::usage,
          "{}: more than {} bytes (this is not {})", path, largest, what);
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  require(file.good(), ExitCode::io, "{}: cannot be read", path);
  return std::move(text).str();
}

}  // namespace echelon
