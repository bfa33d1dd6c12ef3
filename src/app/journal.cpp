#include "journal.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <ctime>

namespace echelon {

ProgressStyle progress_style(const std::string& configured) {
  if (configured == "none") return ProgressStyle::none;
  const bool terminal = configured == "auto" && isatty(STDERR_FILENO) == 1;
  return terminal || configured == "line" ? ProgressStyle::updating_line
                                          : ProgressStyle::line_a_minute;
}

void Journal::keep_in(const std::filesystem::path& file) { file_.open(file, std::ios::app); }

void Journal::say(const std::string& message) {
  end_progress();
  fmt::print(stderr, "{}\n", message);
  if (file_.is_open())
    file_ << fmt::format("{:%Y-%m-%dT%H:%M:%SZ} {}", fmt::gmtime(std::time(nullptr)), message)
          << std::endl;
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
  fmt::print(stderr, "\r{}\x1b[K", line);
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
