#include "arguments.hpp"

#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>
#include <iostream>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

namespace po = boost::program_options;

po::variables_map parse(Words words, const po::options_description& options) {
  po::options_description everything(options);
  everything.add_options()("help,h", "show this page")("word",
                                                       po::value<std::vector<std::string>>());
  po::positional_options_description rest;
  rest.add("word", -1);
  po::variables_map values;
  const auto style = po::command_line_style::default_style ^ po::command_line_style::allow_guessing;
  po::store(po::command_line_parser(std::vector<std::string>(words.begin(), words.end()))
                .options(everything)
                .positional(rest)
                .style(style)
                .run(),
            values);
  return values;
}

}  // namespace

std::optional<Arguments> parse_arguments(const Command& command, Words words,
                                         const po::options_description& options, WordCount count) {
  const auto hint = fmt::format("see `echelon {} --help`", command.name);
  Arguments out;
  try {
    out.options = parse(words, options);
  } catch (const po::error& wrong) {
    fail(ExitCode::usage, fmt::format("{}: {} ({})", command.name, wrong.what(), hint));
  }
  if (out.has("help")) {
    std::cout << fmt::format("{}\n\n    echelon {} {}\n\n", command.summary, command.name,
                             command.arguments);
    std::cout << options;
    return std::nullopt;
  }
  out.words = out.all("word");
  const auto given = out.words.size();
  require(given >= count.least, ExitCode::usage,
          "{}: an argument is missing (usage: echelon {} {})", command.name, command.name,
          command.arguments);
  require(given <= count.most, ExitCode::usage,
          "{}: unexpected argument '{}' (usage: echelon {} {})", command.name,
          out.words[count.most], command.name, command.arguments);
  return out;
}

}  // namespace echelon
