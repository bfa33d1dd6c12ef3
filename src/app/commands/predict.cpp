#include <fmt/format.h>

#include <boost/program_options/value_semantic.hpp>
#include <iostream>

#include "../arguments.hpp"
#include "../read/predictions.hpp"
#include "../read/print.hpp"
#include "commands.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

int predict_command(const Command& command, Words words) {
  namespace po = boost::program_options;
  po::options_description options("Options");
  auto add = options.add_options();
  add("data", po::value<std::string>(),
      "samples: an IDX file of images, or an HDF5 file with inputs");
  add("to", po::value<std::string>(), "the HDF5 file to write (default: DIR/predictions.h5)");
  add("json", "machine-readable summary");
  const auto arguments = parse_arguments(command, words, options, {1, 1});
  if (!arguments) return 0;
  const auto data = arguments->get<std::string>("data");
  require(data.has_value(), ExitCode::usage, "predict: --data FILE is missing (the samples)");
  const RunView run(arguments->words[0], Check::sizes);
  const auto file =
      arguments->get<std::string>("to").value_or((run.path() / "predictions.h5").string());
  const auto found = predict(run, *data, file);
  if (arguments->has("json")) {
    const nlohmann::json out = {{"file", file},
                                {"samples", found.samples},
                                {"draws", found.draws},
                                {"loss", json_number(found.loss)},
                                {"expected_loss", json_number(found.expected_loss)},
                                {"error", json_number(found.error)}};
    std::cout << out.dump(2) << '\n';
    return 0;
  }
  std::cout << fmt::format("{} samples by {} draws\n", found.samples, found.draws);
  if (!std::isnan(found.loss))
    std::cout << fmt::format("loss of the averaged prediction {}, of single draws {}; error {}\n",
                             shown(found.loss, 6), shown(found.expected_loss, 6),
                             shown(found.error, 4));
  fmt::print(stderr, "wrote {}\n", file);
  return 0;
}

}  // namespace echelon
