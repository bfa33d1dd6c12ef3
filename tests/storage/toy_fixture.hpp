#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "storage/toy.hpp"
#include "storage/toy_hash.hpp"
#include "support/temporary_folder.hpp"

namespace echelon::toy {

/// Thousands of commits in a test would mostly wait for the disk; a disk in memory keeps every
/// promise that is tested here but survival of a power cut.
inline bool use_memory_disk() {
  return std::filesystem::is_directory("/dev/shm") && setenv("TMPDIR", "/dev/shm", 0) == 0;
}

inline std::string contents(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void overwrite(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

inline void flip_byte(const std::filesystem::path& file, std::size_t at) {
  std::string text = contents(file);
  text.at(at) = static_cast<char>(text[at] ^ 0x20);
  overwrite(file, text);
}

class RunTest : public testing::Test {
 protected:
  std::filesystem::path path(const std::string& name) const { return folder / name; }

  RunDirectory open(const std::string& name, const RunDescription& what = description(),
                    Existing existing = Existing::resume) {
    return RunDirectory(
        path(name), what, [this](const std::string& text) { warnings.push_back(text); }, existing);
  }

  /// Begins or resumes, and goes on to `sweeps`.
  void run(const std::string& name, std::int64_t sweeps, std::int64_t interval) {
    RunDirectory directory = open(name);
    toy::Run state = toy::Run::from(directory.resumed());
    advance(directory, state, sweeps, interval);
  }

  std::string hash(const std::string& name) { return content_hash(path(name)); }

  /// The exit code that opening the directory ends with, and in `message` what was said.
  ExitCode refusal(const std::string& name, const RunDescription& what = description()) {
    try {
      open(name, what);
    } catch (const Error& error) {
      message = error.what();
      return error.code();
    }
    return ExitCode::done;
  }

  bool warned(const std::string& words) const {
    return std::any_of(warnings.begin(), warnings.end(), [&](const std::string& text) {
      return text.find(words) != std::string::npos;
    });
  }

  bool memory_disk = use_memory_disk();
  TemporaryFolder folder;
  std::vector<std::string> warnings;
  std::string message;
};

}  // namespace echelon::toy
