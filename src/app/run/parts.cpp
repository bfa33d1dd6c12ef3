#include "parts.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>

#include "../ladder_table.hpp"
#include "echelon/core/error.hpp"
#include "echelon/storage/h5/h5.hpp"

namespace echelon {
namespace {

/// The enumerator that a word of the table stands for.
template <class T>
T choice(const Config& config, const char* key, const std::map<std::string, T>& words) {
  const auto found = words.find(config.text(key));
  require(found != words.end(), ExitCode::internal, "{} = {} is a word without a meaning", key,
          config.text(key));
  return found->second;
}

std::filesystem::path mnist_folder(const Config& config) {
  if (config.is_set("data.dir")) return config.text("data.dir");
  if (const char* folder = std::getenv("ECHELON_MNIST_DIR"); folder && *folder) return folder;
  return "mnist";
}

int count(const Config& config, const char* key) {
  if (config.text(key) == "all") return 0;
  const auto value = config.integer(key);
  require(value <= std::numeric_limits<int>::max(), ExitCode::usage, "{} = {} is too large", key,
          value);
  return static_cast<int>(value);
}

/// W1, W2, ... of an HDF5 file, as (out, in) arrays.
Weights<double> read_weights(const std::string& path, const std::vector<int>& widths) {
  const auto file = H5File::open(path);
  Weights<double> weights;
  for (std::size_t k = 1; k < widths.size(); ++k) {
    const auto name = fmt::format("/W{}", k);
    const auto out = static_cast<std::uint64_t>(widths[k]);
    const auto in = static_cast<std::uint64_t>(widths[k - 1]);
    const auto dims = file.dims(name);
    require(dims == H5Dims{out, in}, ExitCode::data,
            "{}: {} is not of shape ({}, {}), which network.widths asks for", path, name, out, in);
    Matrix<double> transposed(widths[k - 1], widths[k]);
    file.read_into(name, std::span(transposed.data(), static_cast<std::size_t>(transposed.size())));
    require(transposed.allFinite(), ExitCode::data, "{}: {} holds numbers that are not finite",
            path, name);
    weights.push_back(transposed.transpose());
  }
  return weights;
}

Functions functions_of(const Config& config) {
  return {choice<Activation>(config, "network.activation",
                             {{"relu", Activation::relu},
                              {"tanh", Activation::tanh},
                              {"identity", Activation::identity}}),
          choice<Output>(config, "network.output",
                         {{"softmax", Output::softmax}, {"identity", Output::identity}}),
          choice<Loss>(config, "network.loss",
                       {{"squared", Loss::squared}, {"cross-entropy", Loss::cross_entropy}})};
}

Weights<double> make_reference(const Config& config) {
  const auto widths = config.integers("network.widths");
  const auto& reference = config.text("network.reference");
  if (reference == "identity") return identity_reference(widths);
  if (reference == "zero") return zero_reference(widths);
  return read_weights(reference, widths);
}

/// The file a key names, empty where it names none; Error(no_input) where there is no such file.
std::string existing(const Config& config, std::string_view key) {
  const auto& file = config.text(key);
  require(file.empty() || std::filesystem::exists(file), ExitCode::no_input,
          "{} = {}: there is no such file (seen from {})", key, file,
          std::filesystem::current_path().string());
  return file;
}

}  // namespace

DataOptions data_options(const Config& config) {
  DataOptions out;
  out.source = choice<DataSource>(config, "data.source",
                                  {{"teacher", DataSource::teacher},
                                   {"mnist", DataSource::mnist},
                                   {"idx", DataSource::idx},
                                   {"hdf5", DataSource::hdf5}});
  out.dir = mnist_folder(config);
  out.file = existing(config, "data.file");
  out.train_images = existing(config, "data.train-images");
  out.train_labels = existing(config, "data.train-labels");
  out.test_images = existing(config, "data.test-images");
  out.test_labels = existing(config, "data.test-labels");
  out.train_count = count(config, "data.train-count");
  out.test_count = count(config, "data.test-count");
  out.pixel_scale = config.real("data.pixel-scale");
  out.content = choice<ImageContent>(
      config, "data.features", {{"pixels", ImageContent::pixels}, {"edges", ImageContent::edges}});
  out.pool = static_cast<int>(config.integer("data.pool"));
  out.windows = static_cast<int>(config.integer("data.windows"));
  out.waves = static_cast<int>(config.integer("data.waves"));
  out.append_one = config.flag("data.append-one");
  out.widths = config.integers("data.widths");
  out.samples = count(config, "data.samples");
  out.noise = config.real("data.noise");
  out.seed = static_cast<std::uint64_t>(config.integer("data.seed"));
  out.task = choice<TeacherTask>(
      config, "data.task", {{"classes", TeacherTask::classes}, {"values", TeacherTask::values}});
  return out;
}

Parts make_parts(const Config& config) {
  auto network =
      make_network(config.integers("network.widths"), functions_of(config), make_reference(config));
  auto prior =
      make_prior(network,
                 choice<PriorKind>(config, "prior.kind",
                                   {{"gaussian", PriorKind::gaussian}, {"flat", PriorKind::flat}}),
                 config.per_layer("prior.scale"), config.per_layer("prior.radius"));
  auto temperatures = config.is_set("ladder.table")
                          ? Temperatures::from_table(ladder_table(config).rows)
                          : Temperatures(config.reals("temperature.a"));
  return {std::move(network), std::move(prior), std::move(temperatures)};
}

Weights<double> starting_weights(const Config& config) {
  const auto& start = config.text("run.start");
  if (start == "reference" || start == "prior") return {};
  require(
      std::filesystem::exists(start), ExitCode::no_input,
      "run.start = {}: there is no such file (allowed: reference, prior, or an HDF5 file with W1, "
      "W2, ...)",
      start);
  return read_weights(start, config.integers("network.widths"));
}

Network make_network(const Config& config) {
  const auto widths = config.integers("network.widths");
  return make_network(widths, functions_of(config), zero_reference(widths));
}

Ladder initial_ladder(const Config& config) {
  if (config.is_set("ladder.table")) {
    const auto table = ladder_table(config);
    return Ladder::opaque(table.rungs(), table.prior_end);
  }
  if (const auto betas = config.reals("ladder.betas"); !betas.empty())
    return Ladder::from_betas(betas);
  constexpr int first_guess = 8;  // of a ladder that finds its own length
  const auto rungs = config.is_auto("ladder.rungs")
                         ? first_guess
                         : static_cast<int>(config.integer("ladder.rungs"));
  if (rungs == 1) return Ladder();
  const bool flat = config.text("prior.kind") == "flat";
  return Ladder::geometric(rungs, config.real("ladder.min-beta"),
                           flat ? PriorEnd::absent : PriorEnd::included);
}

int rung_capacity(const Config& config) {
  constexpr int most = 64;
  return config.is_auto("ladder.rungs") ? most : initial_ladder(config).rungs();
}

}  // namespace echelon
