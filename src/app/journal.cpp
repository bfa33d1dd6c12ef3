#include "journal.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace echelon {
namespace {

/// Columns of the terminal that standard error ends at, or 0. MPI launchers hand their ranks a pipe
/// and copy it to their own standard error, so there it is the launcher's that counts.
std::size_t terminal_columns() {
  const bool launched = std::getenv("PMIX_RANK") || std::getenv("OMPI_COMM_WORLD_RANK");
  const auto path = launched && isatty(STDERR_FILENO) == 0
                        ? fmt::format("/proc/{}/fd/{}", ::getppid(), STDERR_FILENO)
                        : fmt::format("/proc/self/fd/{}", STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return 0;
  winsize window{};
  const bool terminal = ::ioctl(file, TIOCGWINSZ, &window) == 0;
  ::close(file);
  constexpr std::size_t usual = 80;
  if (!terminal) return 0;
  return window.ws_col > 0 ? window.ws_col : usual;
}

}  // namespace

ProgressStyle progress_style(const std::string& configured) {
  if (configured == "none") return ProgressStyle::none;
  const bool terminal = configured == "auto" && terminal_columns() > 0;
  return terminal || configured == "line" ? ProgressStyle::updating_line
                                          : ProgressStyle::line_a_minute;
}

void Journal::keep_in(const std::filesystem::path& file) {
  file_.open(file, std::ios::app);
  for (const auto& line : std::exchange(said_, {})) keep(line);
}

void Journal::say(const std::string& message) {
  end_progress();
  fmt::print(stderr, "{}\n", message);
  note(message);
}

void Journal::note(const std::string& message) {
  auto line = fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}\n", fmt::gmtime(std::time(nullptr)), message);
  if (file_.is_open())
    keep(line);
  else
    said_.push_back(std::move(line));
}

void Journal::keep(const std::string& line) {
  file_.clear();  // what a full disk refused once is no reason not to try again
  file_ << line << std::flush;
}

bool Journal::progress_due() const {
  if (style_ == ProgressStyle::none) return false;
  const auto pause = style_ == ProgressStyle::updating_line ? std::chrono::milliseconds(200)
                                                            : std::chrono::minutes(1);
  return shown_ == Clock::time_point{} || Clock::now() - shown_ >= pause;
}

void Journal::progress(const std::string& line) {
  shown_ = Clock::now();
  if (style_ == ProgressStyle::line_a_minute) {
    fmt::print(stderr, "{}\n", line);
    return;
  }
  // As much as fits: a line that wraps cannot be written over.
  const auto columns = terminal_columns();
  fmt::print(stderr, "\r{}\x1b[K", columns > 1 ? line.substr(0, columns - 1) : line);
  std::fflush(stderr);
  line_open_ = true;
}

void Journal::end_progress() {
  if (line_open_) fmt::print(stderr, "\n");
  line_open_ = false;
}

std::string clock_time(double seconds) {
  const auto all = static_cast<long long>(std::llround(std::max(0.0, seconds)));
  const auto hours = all / 3600, minutes = all / 60 % 60, rest = all % 60;
  return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, rest)
                   : fmt::format("{}:{:02}", minutes, rest);
}

std::string byte_size(double bytes) {
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (bytes < 1000) break;
    bytes /= 1000;
    unit = next;
  }
  return fmt::format("{:.3g} {}", bytes, unit);
}

}  // namespace echelon
