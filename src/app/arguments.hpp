#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <optional>
#include <string>
#include <vector>

#include "echelon/app/command.hpp"

namespace echelon {

/// What a command line said: options by name, and the words that are no options.
struct Arguments {
  boost::program_options::variables_map options;
  std::vector<std::string> words;

  bool has(const std::string& name) const { return options.count(name) > 0; }
  template <class T>
  std::optional<T> get(const std::string& name) const {
    return has(name) ? std::optional(options[name].as<T>()) : std::nullopt;
  }
  std::vector<std::string> all(const std::string& name) const {
    return get<std::vector<std::string>>(name).value_or(std::vector<std::string>{});
  }
};

/// How many words a command wants.
struct WordCount {
  std::size_t least = 0;
  std::size_t most = 0;
};

/// Parses `words` against `options`; --help prints the command's page and returns nothing.
/// Error(usage) on anything unknown, repeated or missing.
std::optional<Arguments> parse_arguments(const Command& command, Words words,
                                         const boost::program_options::options_description& options,
                                         WordCount count);

}  // namespace echelon
