#pragma once

#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

namespace echelon {

enum class ProgressStyle { updating_line, line_a_minute, none };

/// The style a configuration's output.progress asks for; auto looks at standard error, the
/// launcher's where there is one.
ProgressStyle progress_style(const std::string& configured);

/// What a run tells a human: messages, to standard error and to DIR/log.txt with the time, and
/// between them one line of progress. Only the root rank has one.
class Journal {
 public:
  explicit Journal(ProgressStyle style) : style_(style) {}

  /// Messages, those so far included, also go to this file, which is appended to. What cannot be
  /// written there is only shown.
  void keep_in(const std::filesystem::path& file);
  void say(const std::string& message);
  /// Only for the file.
  void note(const std::string& message);
  void warn(const std::string& message) { say("warning: " + message); }
  /// warn(), for those who only know how to call one; not to outlive the journal.
  std::function<void(const std::string&)> warnings() {
    return [this](const std::string& message) { warn(message); };
  }

  /// Whether a new line of progress would be shown now.
  bool progress_due() const;
  void progress(const std::string& line);
  /// Ends the updating line, if there is one.
  void end_progress();
  /// What `work` returns; when it throws, the file says why.
  template <class Work>
  auto noting_failure(Work&& work) try {
    return work();
  } catch (const std::exception& failure) {
    end_progress();
    note(std::string("ended: ") + failure.what());
    throw;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void keep(const std::string& line);

  ProgressStyle style_;
  std::ofstream file_;
  std::vector<std::string> said_;  ///< before there was a file
  bool line_open_ = false;
  Clock::time_point shown_{};  // long ago: the first line is due at once
};

/// 75 -> "1:15", 7500 -> "2:05:00".
std::string clock_time(double seconds);
/// 1234567 -> "1.2 MB".
std::string byte_size(double bytes);

}  // namespace echelon
