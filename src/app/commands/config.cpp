#include "echelon/app/config.hpp"

#include <boost/program_options/value_semantic.hpp>
#include <iostream>

#include "../arguments.hpp"
#include "commands.hpp"

namespace echelon {

int config_command(const Command& command, Words words) {
  namespace po = boost::program_options;
  po::options_description options("Options");
  options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                        "section.key=value, in place of what CONFIG says (repeatable)");
  const auto arguments = parse_arguments(command, words, options, {0, 1});
  if (!arguments) return 0;
  const auto overrides = arguments->all("set");
  auto config = arguments->words.empty() ? Config() : Config::load(arguments->words[0], overrides);
  if (arguments->words.empty()) config.apply(overrides);
  // The bare defaults are the reference of all keys; on their own they need not make a run.
  if (!arguments->words.empty()) check(config);
  settle(config, nullptr);
  std::cout << config.to_ini();
  return 0;
}

}  // namespace echelon
