#include <algorithm>
#include <boost/program_options/value_semantic.hpp>

#include "../arguments.hpp"
#include "../in_parallel.hpp"
#include "../run/job.hpp"
#include "../run/request.hpp"
#include "../signals.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

namespace po = boost::program_options;

po::options_description run_options() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("out", po::value<std::string>(),
      "run directory; started, resumed, or left alone if complete");
  add("set", po::value<std::vector<std::string>>()->composing(),
      "section.key=value, in place of what CONFIG says (repeatable)");
  add("max-hours", po::value<double>(), "wall time after which to commit and exit with 85");
  add("until", po::value<std::string>(), "ess=N: end early, at N effective draws of train_loss");
  add("dry-run", "check the input and say what the run would take");
  add("restart", "throw away the run in the directory");
  return options;
}

/// What the command line alone says.
RunRequest run_request(const Arguments& arguments, const Command& command, Words words) {
  const bool dry = arguments.has("dry-run");
  auto request = request_of(arguments, command, words, dry ? Out::optional : Out::required);
  if (const auto goal = arguments.get<std::string>("until")) request.goal.emplace(*goal);
  return request;
}

/// Everything between MPI's start and its end.
ExitCode run_on(const Communicator& world, const Command& command, Words words,
                std::chrono::steady_clock::time_point began) {
  Arguments arguments;
  auto request = alike(world, [&] {
    arguments = parse_arguments(command, words, run_options(), {1, 1}).value();
    return run_request(arguments, command, words);
  });
  request.began = began;
  if (world.is_root()) {
    request.config = Config::load(arguments.words[0], arguments.all("set"));
    check(request.config);
  }
  Journal journal(progress_style(request.config.text("output.progress")));
  return journal.noting_failure([&] {
    if (!arguments.has("dry-run")) return run_job(world, std::move(request), journal);
    rehearse(world, std::move(request), journal);
    return ExitCode::done;
  });
}

}  // namespace

int run_command(const Command& command, Words words) {
  if (std::ranges::find(words, "--help") != words.end()) {
    parse_arguments(command, words, run_options(), {1, 1});
    return 0;
  }
  const auto began = std::chrono::steady_clock::now();
  install_signal_handlers();
  return in_parallel(
      [&](const Communicator& world) { return run_on(world, command, words, began); });
}

}  // namespace echelon
