#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/storage/h5/h5.hpp"
#include "sources.hpp"

namespace echelon {
namespace {

constexpr std::int64_t most_classes = 65536;

H5Dims shape(const H5File& file, const std::string& path, std::size_t rank) {
  const auto dims = file.dims(path);
  require(dims.size() == rank, ExitCode::data, "'{}' in '{}' has rank {} (expected {})", path,
          file.name(), dims.size(), rank);
  for (const auto extent : dims)
    require(extent >= 1 && extent <= std::numeric_limits<int>::max() / 2, ExitCode::data,
            "'{}' in '{}' has shape ({}) (each extent must be 1 to {})", path, file.name(),
            fmt::join(dims, " x "), std::numeric_limits<int>::max() / 2);
  return dims;
}

/// The first `samples` rows of a (samples, width) array as the columns of a matrix.
Matrix<float> read_matrix(const H5File& file, const std::string& path, int samples, int width) {
  Matrix<float> values(width, samples);
  const H5Box box{{0, 0}, {static_cast<std::uint64_t>(samples), static_cast<std::uint64_t>(width)}};
  file.read_box<float>(path, box, {values.data(), static_cast<std::size_t>(values.size())});
  for (int i = 0; i < samples; ++i)
    for (int j = 0; j < width; ++j)
      require(std::isfinite(values(j, i)), ExitCode::data,
              "'{}' in '{}' is {} at index ({}, {}) (every value must be finite)", path,
              file.name(), values(j, i), i, j);
  return values;
}

std::vector<int> read_labels(const H5File& file, const std::string& path, int samples) {
  std::vector<std::int64_t> stored(static_cast<std::size_t>(samples));
  file.read_box<std::int64_t>(path, {{0}, {stored.size()}}, stored);
  std::vector<int> labels;
  for (const auto label : stored) {
    require(label >= 0 && label < most_classes, ExitCode::data,
            "'{}' in '{}' is {} at index {} (labels must be 0 to {})", path, file.name(), label,
            labels.size(), most_classes - 1);
    labels.push_back(static_cast<int>(label));
  }
  return labels;
}

void same_samples(const H5File& file, const std::string& path, std::uint64_t found,
                  const std::string& inputs, std::uint64_t expected) {
  require(found == expected, ExitCode::data, "'{}' in '{}' has {} samples but '{}' has {}", path,
          file.name(), found, inputs, expected);
}

/// Reads `group`/inputs and, when there, labels or targets.
Split read_split(const H5File& file, const std::string& group, int count, const char* option,
                 const DataOptions& options) {
  const auto inputs = group + "/inputs";
  require(
      file.exists(inputs), ExitCode::data,
      "'{}' in '{}' is missing (expected '/train/inputs' of shape (n, m) with '/train/labels' or "
      "'/train/targets' beside it, and '/test/...' likewise)",
      inputs, file.name());
  const auto labels = group + "/labels";
  const auto targets = group + "/targets";
  const auto dims = shape(file, inputs, 2);
  const int samples = sample_count(count, static_cast<int>(dims[0]), option,
                                   fmt::format("'{}' in '{}'", inputs, file.name()));
  Split split;
  if (file.exists(labels)) {
    require(!file.exists(targets), ExitCode::data, "'{}' holds both '{}' and '{}' (expected one)",
            file.name(), labels, targets);
    same_samples(file, labels, shape(file, labels, 1)[0], inputs, dims[0]);
    split.labels = read_labels(file, labels, samples);
  } else if (file.exists(targets)) {
    const auto target_dims = shape(file, targets, 2);
    same_samples(file, targets, target_dims[0], inputs, dims[0]);
    split.targets = read_matrix(file, targets, samples, static_cast<int>(target_dims[1]));
  }
  split.samples = samples;
  split.features = static_cast<int>(dims[1]);
  split.inputs = read_matrix(file, inputs, samples, split.features);
  if (options.append_one) {
    split.inputs.conservativeResize(++split.features, samples);
    split.inputs.bottomRows(1).setOnes();
  }
  return split;
}

void check_test(const H5File& file, const Dataset& data) {
  const auto same = [&](const char* what, auto test, auto train) {
    require(test == train, ExitCode::data, "'/test' in '{}' has {} {} but '/train' has {}",
            file.name(), test, what, train);
  };
  same("features", data.test.features, data.train.features);
  same("outputs per target", data.test.targets.rows(), data.train.targets.rows());
  for (std::size_t i = 0; i < data.test.labels.size(); ++i)
    require(data.test.labels[i] < data.classes, ExitCode::data,
            "'/test/labels' in '{}' is {} at index {} (the training labels show {} classes, "
            "counted from 0)",
            file.name(), data.test.labels[i], i, data.classes);
  require(data.test.labels.empty() == data.train.labels.empty(), ExitCode::data,
          "'{}' has {} labels in '/test' but {} in '/train'", file.name(), data.test.labels.size(),
          data.train.labels.size());
}

}  // namespace

Dataset load_hdf5(const DataOptions& options) {
  const auto file = H5File::open(options.file);
  Dataset data;
  data.train = read_split(file, "/train", options.train_count, "train-count", options);
  require(!data.train.labels.empty() || data.train.targets.size() > 0, ExitCode::data,
          "'{}' holds neither '/train/labels' nor '/train/targets' (expected one)", file.name());
  if (!data.train.labels.empty())
    data.classes = 1 + *std::max_element(data.train.labels.begin(), data.train.labels.end());
  if (!file.exists("/test")) return data;
  data.test = read_split(file, "/test", options.test_count, "test-count", options);
  check_test(file, data);
  return data;
}

Split hdf5_samples(const std::filesystem::path& path, const DataOptions& options) {
  const auto file = H5File::open(path);
  for (const std::string group : {"/test", "/train", ""})
    if (file.exists(group + "/inputs")) return read_split(file, group, 0, "", options);
  fail(ExitCode::data,
       fmt::format("'{}' holds none of '/test/inputs', '/train/inputs', '/inputs'", file.name()));
}

}  // namespace echelon
