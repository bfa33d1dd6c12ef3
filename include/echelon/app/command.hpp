#pragma once

#include <span>
#include <string>
#include <string_view>

namespace echelon {

using Words = std::span<const std::string>;

/// One subcommand. run() takes the words after the command's name and returns the exit code;
/// results go to standard output, everything else to standard error.
struct Command {
  std::string_view name;
  std::string_view arguments;  ///< as shown in usage lines
  std::string_view summary;    ///< one line
  int (*run)(const Command&, Words);
};

std::span<const Command> all_commands();

}  // namespace echelon
