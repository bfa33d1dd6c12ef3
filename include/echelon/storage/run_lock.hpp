#pragma once

#include <functional>
#include <optional>
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

  /// The lock of a directory that exists and has been a run's; empty for any other.
  static std::optional<RunLock> of_existing(const fs::path& directory, const Warn& warn);

  static constexpr const char* file_name = "lock";

 private:
  int number_ = -1;
};

/// What can be told about a run's lock without getting in its way.
struct LockState {
  enum class Held {
    no,         ///< given back, or its holder on this machine is dead
    yes,        ///< by a process of this machine
    elsewhere,  ///< by another machine, unless its holder died there
  };
  Held held = Held::no;
  std::string holder;  ///< the last one
};
LockState look_at_lock(const fs::path& directory);

}  // namespace echelon
