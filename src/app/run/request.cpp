#include "request.hpp"

#include <algorithm>
#include <numeric>

#include "echelon/core/error.hpp"

namespace echelon {

RunRequest request_of(const Arguments& arguments, const Command& command, Words words, Out out) {
  RunRequest request;
  require(arguments.has("out") || out == Out::optional, ExitCode::usage,
          "{}: --out DIR is missing (the directory for the results)", command.name);
  request.directory = arguments.get<std::string>("out").value_or("");
  request.restart = arguments.has("restart");
  if (const auto hours = arguments.get<double>("max-hours")) {
    require(*hours > 0, ExitCode::usage, "--max-hours {} (allowed: a number > 0)", *hours);
    request.max_seconds = 3600 * *hours;
  }
  request.command = std::accumulate(
      words.begin(), words.end(), fmt::format("echelon {}", command.name),
      [](const std::string& line, const std::string& word) { return line + " " + word; });
  return request;
}

double RunRequest::seconds_left() const {
  constexpr double least = 1e-9;
  const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
  return std::max(least, max_seconds - spent.count());
}

}  // namespace echelon
