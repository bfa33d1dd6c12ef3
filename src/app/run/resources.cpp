#include "resources.hpp"

#include <unistd.h>

#include <limits>
#include <system_error>

namespace echelon {

double estimate_disk(const Config& config, int rungs) {
  const auto widths = config.integers("network.widths");
  const double weights = [&] {
    double count = 0;
    for (std::size_t k = 1; k < widths.size(); ++k) count += double(widths[k]) * widths[k - 1];
    return count * (config.text("run.precision") == "float" ? 4 : 8);
  }();
  const auto chains = static_cast<double>(config.integer("ladder.ladders"));
  const auto sweeps = static_cast<double>(config.integer("run.sweeps"));
  const auto all = sweeps + static_cast<double>(config.integer("run.warmup"));
  const double draws = config.flag("output.weights")
                           ? sweeps / static_cast<double>(config.integer("run.thin-weights"))
                           : 0;
  constexpr double number = 8;
  constexpr double traced = 3;  // loss, swap ratio, replica
  const double scalars = 8 + 2 * double(config.depth());
  return chains * (draws * weights + all * rungs * traced * number +
                   all / static_cast<double>(config.integer("run.thin")) * scalars * number +
                   2 * rungs * weights);
}

double free_disk(std::filesystem::path directory) {
  directory = std::filesystem::absolute(directory.empty() ? "." : directory);
  std::error_code failure;
  while (!std::filesystem::exists(directory, failure) && directory.has_relative_path())
    directory = directory.parent_path();
  const auto space = std::filesystem::space(directory, failure);
  return failure ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(space.available);
}

double physical_memory() {
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace echelon
