#include <fmt/ranges.h>

#include <algorithm>

#include "check_rules.hpp"
#include "ladder_table.hpp"

namespace echelon {
namespace {

void check_list_lengths(const Config& config) {
  const auto layers = static_cast<std::size_t>(config.depth());
  for (const auto& key : all_keys()) {
    const auto name = key.full_name();
    if (key.entries == Entries::any || !config.is_set(name)) continue;
    const auto count = config.words(name).size();
    const bool one = count == 1 && key.entries == Entries::one_or_per_layer;
    consistent(one || count == layers,
               "{} = {} has {} entries, but network.widths = {} makes {} layers (allowed: {})",
               name, config.text(name), count, config.text("network.widths"), layers, key.allows());
  }
}

void check_data(const Config& config) {
  const auto& source = config.text("data.source");
  const auto needs = [&](std::string_view kind, std::string_view key) {
    consistent(source != kind || config.is_set(key), "data.source = {} needs {}", kind, key);
  };
  needs("hdf5", "data.file");
  needs("idx", "data.train-images");
  needs("idx", "data.train-labels");
  consistent(config.is_set("data.test-images") == config.is_set("data.test-labels"),
             "data.test-images and data.test-labels go together (one of them is not set)");
  only_with(config, "data.file", "data.source", "hdf5");
  only_with(config, "data.dir", "data.source", "mnist");
  for (const auto key : {"data.train-images", "data.train-labels", "data.test-images"})
    only_with(config, key, "data.source", "idx");
  for (const auto key : {"data.widths", "data.samples", "data.task", "data.noise", "data.seed"})
    only_with(config, key, "data.source", "teacher");
  for (const auto key : {"data.features", "data.pool", "data.windows", "data.waves"})
    consistent(config.is_standard(key) || source == "mnist" || source == "idx",
               "{} = {} needs images: data.source = mnist or idx (here {})", key, config.text(key),
               source);
  consistent(config.is_standard("data.pool") || config.is_standard("data.windows"),
             "data.pool = {} and data.windows = {} average over squares or windows, not both",
             config.text("data.pool"), config.text("data.windows"));
  if (source != "teacher") return;
  const auto teacher = config.integers("data.widths");
  consistent(teacher.size() >= 2, "data.widths = {} needs inputs and outputs, at least two numbers",
             config.text("data.widths"));
  const auto student = config.integers("network.widths");
  const int constant = config.flag("data.append-one") ? 1 : 0;
  consistent(student.front() == teacher.front() + constant && student.back() == teacher.back(),
             "network.widths = {} does not fit data.widths = {} (inputs{} and outputs must agree)",
             config.text("network.widths"), config.text("data.widths"),
             constant ? " plus data.append-one" : "");
}

void check_model(const Config& config) {
  const bool flat = config.text("prior.kind") == "flat";
  consistent(
      config.text("network.loss") != "cross-entropy" || config.text("network.output") == "softmax",
      "network.loss = cross-entropy needs network.output = softmax (it is the log of a "
      "probability)");
  consistent(!flat || config.is_standard("prior.scale"),
             "prior.scale = {} has no meaning with prior.kind = flat (leave it out)",
             config.text("prior.scale"));
  consistent(
      !config.is_set("prior.radius") || config.text("network.reference") != "zero",
      "prior.radius = {} cannot be used with network.reference = zero (radii are in units of "
      "the reference matrix's norm)",
      config.text("prior.radius"));
  const auto a = config.reals("temperature.a");
  consistent(a.back() > 0, "temperature.a = {}: the last entry must be positive",
             config.text("temperature.a"));
  consistent(!flat || config.text("run.start") != "prior",
             "run.start = prior needs prior.kind = gaussian (a flat prior has no draws)");
}

/// The rungs come from the table, and their last row is the law that everything else speaks of.
void check_table(const Config& config) {
  const auto table = ladder_table(config);
  consistent(!config.is_set("ladder.betas"),
             "ladder.betas = {} has no meaning with ladder.table (leave one of them out)",
             config.text("ladder.betas"));
  consistent(config.is_standard("ladder.rungs") ||
                 config.text("ladder.rungs") == std::to_string(table.rungs()),
             "ladder.rungs = {} but ladder.table lists {} (leave ladder.rungs out)",
             config.text("ladder.rungs"), table.rungs());
  consistent(table.rows.back() == config.reals("temperature.a"),
             "the last rung of ladder.table has the temperatures {} but temperature.a = {} (the "
             "last rung is the target: make them equal)",
             fmt::join(table.rows.back(), ","), config.text("temperature.a"));
  consistent(table.prior_end == PriorEnd::absent || config.text("prior.kind") == "gaussian",
             "ladder.table starts with the prior, but prior.kind = flat has no draws (leave that "
             "line out)");
  const auto& estimator = config.text("kernel.estimator");
  consistent(estimator == "annealed" || estimator == "collapsed" || table.single_scale(),
             "kernel.estimator = {} cannot swap rungs of ladder.table with a_k > 0 above the last "
             "layer (a swap between any two rungs needs absolute normalisers): use collapsed or "
             "annealed, or ladder.betas",
             estimator);
}

void check_ladder(const Config& config) {
  if (config.is_set("ladder.table")) return check_table(config);
  const auto betas = config.reals("ladder.betas");
  const bool flat = config.text("prior.kind") == "flat";
  if (!betas.empty()) {
    consistent(std::ranges::is_sorted(betas, std::less_equal<>{}) && betas.back() == 1,
               "ladder.betas = {} must ascend strictly and end at 1", config.text("ladder.betas"));
    consistent(config.is_standard("ladder.rungs") ||
                   config.text("ladder.rungs") == std::to_string(betas.size()),
               "ladder.rungs = {} but ladder.betas lists {} (leave ladder.rungs out)",
               config.text("ladder.rungs"), betas.size());
    consistent(!flat || betas.front() > 0,
               "ladder.betas starts at 0, but prior.kind = flat has no prior end (start above 0)");
    return;
  }
  const bool grows = config.is_auto("ladder.rungs");
  consistent(
      !grows || (config.flag("ladder.adapt") && config.integer("run.warmup") > 0),
      "ladder.rungs = auto needs ladder.adapt = true and run.warmup (the ladder grows only then)");
  const bool adapts = !grows && config.flag("ladder.adapt") && config.integer("ladder.rungs") > 2;
  consistent(!adapts || config.integer("run.warmup") > 0,
             "ladder.adapt = true needs run.warmup (the ladder is respaced only then); or set "
             "ladder.adapt = false or ladder.betas");
}

void check_run(const Config& config) {
  const auto thin = config.integer("run.thin");
  consistent(config.is_auto("run.thin-weights") || config.integer("run.thin-weights") % thin == 0,
             "run.thin-weights = {} is not a multiple of run.thin = {}",
             config.text("run.thin-weights"), thin);
  consistent(thin <= config.integer("run.sweeps"),
             "run.thin = {} is more than run.sweeps = {}: nothing would be stored", thin,
             config.text("run.sweeps"));
}

}  // namespace

void check_certify(const Config& config) {
  const auto& estimator = config.text("kernel.estimator");
  const auto a = config.reals("temperature.a");
  const bool single_scale = std::all_of(a.begin(), a.end() - 1, [](double x) { return x == 0; });
  consistent(
      config.text("prior.kind") == "gaussian",
      "echelon certify needs prior.kind = gaussian (its chains start at draws of the prior)");
  consistent(estimator == "collapsed" || (estimator == "bridge" && single_scale),
             "kernel.estimator = {} at temperature.a = {} is not exactly invariant, so that a "
             "certificate would have to assume equilibrium (`echelon bounds` gives that one): use "
             "collapsed, or bridge with every temperature but the last 0",
             estimator, config.text("temperature.a"));
  consistent(!config.is_set("ladder.table"),
             "echelon certify climbs by beta: ladder.table has no meaning (use certify.rungs or "
             "certify.betas)");
  const auto betas = config.reals("certify.betas");
  consistent(betas.empty() || (betas.size() > 1 && betas.front() == 0 && betas.back() == 1 &&
                               std::ranges::is_sorted(betas, std::less_equal<>{})),
             "certify.betas = {} must ascend strictly from 0 to 1", config.text("certify.betas"));
  consistent(config.text("certify.stop") == "last" || config.integer("certify.pilot-moves") > 0,
             "certify.stop = pilot needs certify.pilot-moves (the pilots must move)");
}

void check(const Config& config) {
  consistent(config.depth() >= 1,
             "network.widths = {} needs inputs and outputs: two numbers or more",
             config.text("network.widths"));
  check_list_lengths(config);
  check_data(config);
  check_model(config);
  check_ladder(config);
  check_kernel(config);
  check_run(config);
}

}  // namespace echelon
