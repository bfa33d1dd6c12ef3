#include "echelon/tempering/options.hpp"

#include "echelon/core/error.hpp"

namespace echelon {

void check(const Options& options) {
  require(options.ladders >= 1, ExitCode::usage, "ladders is {} (at least 1)", options.ladders);
  require(options.warmup >= 0 && options.sweeps >= 0 && options.warmup + options.sweeps >= 1,
          ExitCode::usage, "{} warm-up and {} production sweeps make no run", options.warmup,
          options.sweeps);
  require(options.swap_every >= 1, ExitCode::usage, "swap-every is {} (at least 1)",
          options.swap_every);
  require(
      options.thin >= 1 && options.thin_weights >= 0 && options.thin_weights % options.thin == 0,
      ExitCode::usage, "thin is {} and thin-weights {} (the second is a multiple of the first)",
      options.thin, options.thin_weights);
  require(options.commit_sweeps >= 0, ExitCode::usage, "commits every {} sweeps (0 for none)",
          options.commit_sweeps);
  require(options.commit_seconds > 0 && options.max_seconds > 0, ExitCode::usage,
          "a commit every {} s within {} s is impossible (both must be positive)",
          options.commit_seconds, options.max_seconds);
}

}  // namespace echelon
