#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace echelon {

/// Process exit codes; part of the interface that job scripts rely on.
enum class ExitCode : int {
  done = 0,
  usage = 64,     ///< bad command line or configuration
  data = 65,      ///< an input, checkpoint or segment is invalid
  no_input = 66,  ///< an input file is missing
  internal = 70,  ///< a broken invariant or a non-finite number
  locked = 73,    ///< the run directory is locked or cannot be created
  io = 74,        ///< reading or writing failed
  stopped = 85,   ///< stopped with everything committed: run the same command to go on
};

/// The one exception type of the program: a message of the form
/// "problem (why) suggestion" and the exit code the process ends with.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

[[noreturn]] void fail(ExitCode code, const std::string& message);

/// Throws Error(code) with the formatted message unless `condition` holds.
template <class... Args>
void require(bool condition, ExitCode code, fmt::format_string<Args...> format, Args&&... args) {
  if (!condition) [[unlikely]]
    fail(code, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace echelon
