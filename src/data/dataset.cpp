#include "echelon/data/dataset.hpp"

#include <array>
#include <cmath>
#include <fstream>
#include <limits>

#include "echelon/core/archive.hpp"
#include "echelon/core/error.hpp"
#include "sha256.hpp"
#include "sources.hpp"

namespace echelon {
namespace {

void add_number(Sha256& hash, std::int64_t value) { hash.add(std::as_bytes(std::span(&value, 1))); }

void add_matrix(Sha256& hash, const Matrix<float>& values) {
  add_number(hash, values.rows());
  add_number(hash, values.cols());
  hash.add(std::as_bytes(std::span(values.data(), static_cast<std::size_t>(values.size()))));
}

std::string content_hash(const Dataset& data) {
  Sha256 hash;
  add_number(hash, data.classes);
  for (const auto* split : {&data.train, &data.test}) {
    add_matrix(hash, split->inputs);
    add_number(hash, static_cast<std::int64_t>(split->labels.size()));
    for (const int label : split->labels) add_number(hash, label);
    add_matrix(hash, split->targets);
  }
  return hash.hex();
}

Dataset load_source(const DataOptions& options) {
  switch (options.source) {
    case DataSource::teacher:
      return load_teacher(options);
    case DataSource::mnist:
      return load_mnist(options);
    case DataSource::idx:
      return load_idx(options);
    case DataSource::hdf5:
      return load_hdf5(options);
  }
  fail(ExitCode::internal, "unknown data source");
}

void check(const DataOptions& options) {
  require(options.train_count >= 0, ExitCode::usage, "data.train-count = {} (expected at least 0)",
          options.train_count);
  require(options.test_count >= 0, ExitCode::usage, "data.test-count = {} (expected at least 0)",
          options.test_count);
  require(std::isfinite(options.pixel_scale) && options.pixel_scale > 0, ExitCode::usage,
          "data.pixel-scale = {} (expected a finite number above 0)", options.pixel_scale);
}

/// Everything but the inputs.
Archive pack(const Split& split) {
  Archive archive;
  archive.put("labels", std::vector<std::int64_t>(split.labels.begin(), split.labels.end()));
  const auto* targets = split.targets.data();
  archive.put("targets", std::vector<float>(targets, targets + split.targets.size()));
  archive.put("outputs", std::int64_t{split.targets.rows()});
  archive.put("samples", std::int64_t{split.samples});
  archive.put("features", std::int64_t{split.features});
  return archive;
}

Split unpack(const Archive& archive) {
  Split split;
  for (const auto label : archive.get<std::int64_t>("labels"))
    split.labels.push_back(static_cast<int>(label));
  split.samples = static_cast<int>(archive.get_scalar<std::int64_t>("samples"));
  split.features = static_cast<int>(archive.get_scalar<std::int64_t>("features"));
  const auto& targets = archive.get<float>("targets");
  const auto outputs = archive.get_scalar<std::int64_t>("outputs");
  if (outputs > 0)
    split.targets = Eigen::Map<const Matrix<float>>(targets.data(), outputs, split.samples);
  return split;
}

/// Gives the ranks of one node what its leader knows, without the inputs.
void share(Dataset& data, const Communicator& node) {
  std::vector<std::byte> bytes;
  if (node.is_root()) {
    Archive archive;
    archive.put_all("train", pack(data.train));
    archive.put_all("test", pack(data.test));
    archive.put("classes", std::int64_t{data.classes});
    archive.put("hash", std::vector<std::int64_t>(data.hash.begin(), data.hash.end()));
    bytes = archive.to_bytes();
  }
  node.broadcast_bytes(bytes);
  if (node.is_root()) return;
  const auto archive = Archive::from_bytes(bytes);
  data.train = unpack(archive.part("train"));
  data.test = unpack(archive.part("test"));
  data.classes = static_cast<int>(archive.get_scalar<std::int64_t>("classes"));
  for (const auto letter : archive.get<std::int64_t>("hash"))
    data.hash.push_back(static_cast<char>(letter));
}

}  // namespace

int sample_count(int wanted, int available, const std::string& option, const std::string& where) {
  require(wanted <= available, ExitCode::data, "data.{} = {} but {} has {} samples", option, wanted,
          where, available);
  return wanted > 0 ? wanted : available;
}

void make_room(Split& split, int features, int samples, bool append_one) {
  split.samples = samples;
  split.features = features + (append_one ? 1 : 0);
  split.inputs.resize(split.features, samples);
  if (append_one) split.inputs.bottomRows(1).setOnes();
}

Dataset load(const DataOptions& options) {
  check(options);
  auto data = load_source(options);
  data.hash = content_hash(data);
  return data;
}

Dataset load_on_node(const DataOptions& options, const Communicator& world,
                     const Communicator& node) {
  Dataset data;
  if (node.is_root()) data = load(options);
  share(data, node);
  std::array<char, 64> first{};
  data.hash.copy(first.data(), first.size());
  world.broadcast(std::span<char>(first));
  require(
      std::string(first.data(), first.size()) == data.hash, ExitCode::data,
      "rank {} loaded data with hash {} but rank 0 has {} (are the files on all nodes the same?)",
      world.rank(), data.hash, std::string(first.data(), first.size()));
  return data;
}

Split load_samples(const std::filesystem::path& file, const DataOptions& options) {
  check(options);
  std::array<char, 8> start{};
  std::ifstream(file, std::ios::binary).read(start.data(), start.size());
  const bool hdf5 = std::string_view(start.data(), start.size()) == "\x89HDF\r\n\x1a\n";
  return hdf5 ? hdf5_samples(file, options) : idx_samples(file, options);
}

}  // namespace echelon
