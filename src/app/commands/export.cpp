#include "echelon/storage/export.hpp"

#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>
#include <cstdio>

#include "../arguments.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

int export_command(const Command& command, Words words) {
  boost::program_options::options_description options("Options");
  options.add_options()("to", boost::program_options::value<std::string>(),
                        "the netCDF-4/HDF5 file to write");
  const auto arguments = parse_arguments(command, words, options, {1, 1000});
  if (!arguments) return 0;
  const auto file = arguments->get<std::string>("to");
  require(file.has_value(), ExitCode::usage, "export: --to FILE is missing (the file to write)");
  const std::vector<fs::path> runs(arguments->words.begin(), arguments->words.end());
  for (const auto& left_out : export_runs(runs, *file)) fmt::print(stderr, "{}\n", left_out);
  fmt::print(stderr, "wrote {}\n", *file);
  return 0;
}

}  // namespace echelon
