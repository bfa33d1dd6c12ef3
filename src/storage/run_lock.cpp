#include "echelon/storage/run_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::string holder() {
  std::array<char, HOST_NAME_MAX + 1> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
  const char* job = std::getenv("SLURM_JOB_ID");
  return fmt::format("host {} pid {} job {}", host.data(), ::getpid(), job ? job : "none");
}

std::string content(int number) {
  std::array<char, 512> text{};
  const ssize_t got = ::pread(number, text.data(), text.size(), 0);
  std::string line(text.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  line = line.substr(0, line.find('\n'));
  return line.empty() ? "an unknown process" : line;
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
  if (number_ >= 0) ::close(number_);
}

}  // namespace echelon
