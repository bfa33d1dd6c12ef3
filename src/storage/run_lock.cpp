#include "echelon/storage/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::string_view released = ", released";

std::string this_host() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  return fmt::format("host {} ", host.data());
}

std::string holder() {
  const char* job = std::getenv("SLURM_JOB_ID");
  return fmt::format("{}pid {} job {}", this_host(), ::getpid(), job ? job : "none");
}

std::string content(int number) {
  std::array<char, 512> text{};
  const ssize_t got = ::pread(number, text.data(), text.size(), 0);
  std::string line(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  line = line.substr(0, line.find('\n'));
  return line.empty() ? "an unknown process" : line;
}

/// Whether a process of this machine holds the lock. Asking the kernel's list, not the lock itself,
/// cannot get in the way of a run that is just starting.
bool is_locked(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return false;
  const auto wanted =
      fmt::format("{:02x}:{:02x}:{}", major(status.st_dev), minor(status.st_dev), status.st_ino);
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);)
    if (line.find(" FLOCK ") != line.npos && line.find(" " + wanted + " ") != line.npos)
      return true;
  return false;
}

}  // namespace

RunLock::RunLock(const fs::path& directory, const Warn& warn) {
  const fs::path file = directory / file_name;
  number_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
  const auto why = [] { return std::error_code(errno, std::generic_category()).message(); };
  require(number_ >= 0, ExitCode::locked, "cannot open '{}' ({})", file.string(), why());
  if (::flock(number_, LOCK_EX | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK;
    const std::string reason = why();
    if (held) {
      const std::string by = content(number_);
      ::close(std::exchange(number_, -1));
      fail(ExitCode::locked,
           fmt::format("'{}' is in use by {} (one run per directory) choose another --out",
                       directory.string(), by));
    }
    warn(fmt::format("'{}' cannot be locked ({}): do not start a second run in this directory",
                     file.string(), reason));
  }
  const std::string text = holder() + "\n";
  if (::ftruncate(number_, 0) != 0 ||
      ::pwrite(number_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    warn(fmt::format("cannot write who holds '{}' ({})", file.string(), why()));
}

RunLock::RunLock(RunLock&& other) noexcept : number_(std::exchange(other.number_, -1)) {}

RunLock::~RunLock() {
  // The file stays: removing it would let two processes hold locks on two files of one name.
  if (number_ < 0) return;
  const std::string text = holder() + std::string(released) + "\n";
  [[maybe_unused]] const auto written = ::pwrite(number_, text.data(), text.size(), 0);
  ::close(number_);
}

std::optional<RunLock> RunLock::of_existing(const fs::path& directory, const Warn& warn) {
  std::error_code failure;
  if (!fs::exists(fs::symlink_status(directory / file_name, failure))) return std::nullopt;
  return RunLock(directory, warn);
}

LockState look_at_lock(const fs::path& directory) {
  const fs::path file = directory / RunLock::file_name;
  LockState state;
  std::ifstream text(file);
  std::getline(text, state.holder);
  const bool given_back = state.holder.ends_with(released);
  if (given_back) state.holder.resize(state.holder.size() - released.size());
  if (is_locked(file))
    state.held = LockState::Held::yes;
  else if (!given_back && !state.holder.starts_with(this_host()))
    state.held = state.holder.empty() ? LockState::Held::no : LockState::Held::elsewhere;
  return state;
}

}  // namespace echelon
