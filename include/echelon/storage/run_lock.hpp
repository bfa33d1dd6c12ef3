#pragma once

#include <functional>
#include <string>

#include "echelon/storage/file_system.hpp"

namespace echelon {

/// Where warnings for a human go, one line each.
using Warn = std::function<void(const std::string&)>;

/// The one writer of a run directory, for as long as it lives. The kernel's lock on the file
/// `lock` decides, and dies with the process; the text in it (host, process, job) is for people.
class RunLock {
 public:
  /// Error(locked) naming the holder when another process has it. Warns when the file system
  /// knows no locks; what protects a run there is that every commit checks the manifest it
  /// replaces.
  RunLock(const fs::path& directory, const Warn& warn);
  ~RunLock();
  RunLock(RunLock&& other) noexcept;
  RunLock& operator=(RunLock&&) = delete;

  static constexpr const char* file_name = "lock";

 private:
  int number_ = -1;
};

}  // namespace echelon
