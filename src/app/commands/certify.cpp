#include <algorithm>
#include <boost/program_options/value_semantic.hpp>

#include "../arguments.hpp"
#include "../certify/job.hpp"
#include "../in_parallel.hpp"
#include "../run/request.hpp"
#include "../signals.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

namespace po = boost::program_options;

po::options_description certify_arguments() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("out", po::value<std::string>(),
      "directory of the chains; started, resumed, or left alone if done");
  add("chains", po::value<int>(), "number of certifying chains, in place of certify.chains");
  add("set", po::value<std::vector<std::string>>()->composing(),
      "section.key=value, in place of what CONFIG says (repeatable)");
  add("max-hours", po::value<double>(), "wall time after which to commit and exit with 85");
  add("restart", "throw away the chains in the directory");
  return options;
}

ExitCode certify_on(const Communicator& world, const Command& command, Words words,
                    std::chrono::steady_clock::time_point began) {
  Arguments arguments;
  auto request = alike(world, [&] {
    arguments = parse_arguments(command, words, certify_arguments(), {1, 1}).value();
    return request_of(arguments, command, words, Out::required);
  });
  request.began = began;
  if (world.is_root()) {
    request.config = Config::load(arguments.words[0], arguments.all("set"));
    if (const auto chains = arguments.get<int>("chains"))
      request.config.set("certify.chains", std::to_string(*chains), "--chains");
    check(request.config);
    check_certify(request.config);
    settle(request.config, nullptr);
  }
  Journal journal(progress_style(request.config.text("output.progress")));
  return journal.noting_failure([&] { return certify_job(world, std::move(request), journal); });
}

}  // namespace

int certify_command(const Command& command, Words words) {
  if (std::ranges::find(words, "--help") != words.end()) {
    parse_arguments(command, words, certify_arguments(), {1, 1});
    return 0;
  }
  const auto began = std::chrono::steady_clock::now();
  install_signal_handlers();
  return in_parallel(
      [&](const Communicator& world) { return certify_on(world, command, words, began); });
}

}  // namespace echelon
