#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "echelon/app/command.hpp"
#include "echelon/core/error.hpp"

namespace {

void print_help() {
  std::cout
      << "Parallel tempering for the multi-scale Gibbs posterior of neural-network weights.\n\n";
  for (const auto& command : echelon::all_commands())
    std::cout << fmt::format("    echelon {:<10} {}\n", command.name, command.summary);
  std::cout
      << "\n`echelon COMMAND --help` shows a command's options, `echelon config` all keys of a "
         "configuration.\n";
}

int dispatch(std::vector<std::string> words) {
  using namespace echelon;
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_help();
    return words.empty() ? static_cast<int>(ExitCode::usage) : 0;
  }
  if (words[0] == "--version") words[0] = "version";
  const auto commands = all_commands();
  const auto found = std::ranges::find(commands, words[0], &Command::name);
  require(found != commands.end(), ExitCode::usage,
          "unknown command '{}' (`echelon --help` lists the commands)", words[0]);
  return found->run(*found, Words(words).subspan(1));
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return dispatch({argv + 1, argv + argc});
  } catch (const echelon::Error& error) {
    fmt::print(stderr, "echelon: {}\n", error.what());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "echelon: out of memory\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "echelon: {}\n", error.what());
  }
  return static_cast<int>(echelon::ExitCode::internal);
}
