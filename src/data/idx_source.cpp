#include <algorithm>

#include "echelon/core/error.hpp"
#include "idx.hpp"
#include "image_features.hpp"
#include "sources.hpp"

namespace echelon {
namespace {

void read_images(Split& split, const IdxFile& images, int count, const DataOptions& options) {
  ImageFeatures features(images, options);
  make_room(split, features.count(), count, options.append_one);
  images.visit(count, [&](int i, std::span<const std::uint8_t> pixels) {
    const double* feature = features(pixels).data();
    for (int f = 0; f < features.count(); ++f)
      split.inputs(f, i) = static_cast<float>(feature[f] / options.pixel_scale);
  });
}

struct Names {
  std::filesystem::path images, labels;
};

/// Reads a pair of files. Labels must be below `classes` unless that is 0, when it becomes one
/// more than the largest of all labels in the file.
Split read_pair(const Names& names, int count, const char* option, int& classes,
                const DataOptions& options) {
  const IdxFile images(names.images, "images");
  const IdxFile labels(names.labels, "labels");
  require(labels.rank() == 1, ExitCode::data, "{}: rank is {} (expected 1)", labels.name(),
          labels.rank());
  require(images.rank() >= 2, ExitCode::data, "{}: rank is {} (expected 2 or more)", images.name(),
          images.rank());
  require(images.items() == labels.items(), ExitCode::data, "{} are {} but {} are {}",
          images.name(), images.items(), labels.name(), labels.items());
  Split split;
  labels.visit(labels.items(), [&](int i, std::span<const std::uint8_t> label) {
    require(classes == 0 || label[0] < classes, ExitCode::data,
            "{}: label {} at index {} is out of range (there are {} classes, counted from 0)",
            labels.name(), label[0], i, classes);
    split.labels.push_back(label[0]);
  });
  if (classes == 0) classes = 1 + *std::max_element(split.labels.begin(), split.labels.end());
  const int used = sample_count(count, images.items(), option, images.name());
  split.labels.resize(static_cast<std::size_t>(used));
  read_images(split, images, used, options);
  return split;
}

Dataset read_pairs(const Names& train, const Names& test, int classes, const DataOptions& options) {
  Dataset data;
  data.classes = classes;
  data.train = read_pair(train, options.train_count, "train-count", data.classes, options);
  if (test.images.empty()) return data;
  data.test = read_pair(test, options.test_count, "test-count", data.classes, options);
  require(data.test.features == data.train.features, ExitCode::data,
          "test images '{}' have {} features but training images '{}' have {}",
          test.images.string(), data.test.features, train.images.string(), data.train.features);
  return data;
}

std::filesystem::path find(const std::filesystem::path& folder, const std::string& name) {
  for (const auto* ending : {"", ".gz"})
    if (const auto path = folder / (name + ending); std::filesystem::exists(path)) return path;
  fail(ExitCode::no_input, fmt::format("neither '{0}' nor '{0}.gz' exists (set data.dir to the "
                                       "folder of the four MNIST files; tools/get_mnist.sh fetches "
                                       "them)",
                                       (folder / name).string()));
}

}  // namespace

Dataset load_mnist(const DataOptions& options) {
  const Names train = {find(options.dir, "train-images-idx3-ubyte"),
                       find(options.dir, "train-labels-idx1-ubyte")};
  const Names test = {find(options.dir, "t10k-images-idx3-ubyte"),
                      find(options.dir, "t10k-labels-idx1-ubyte")};
  return read_pairs(train, test, 10, options);
}

Dataset load_idx(const DataOptions& options) {
  require(options.test_images.empty() == options.test_labels.empty(), ExitCode::usage,
          "data.test-images '{}' and data.test-labels '{}' go together",
          options.test_images.string(), options.test_labels.string());
  return read_pairs({options.train_images, options.train_labels},
                    {options.test_images, options.test_labels}, 0, options);
}

Split idx_samples(const std::filesystem::path& file, const DataOptions& options) {
  const IdxFile images(file, "images");
  Split split;
  read_images(split, images, images.items(), options);
  return split;
}

}  // namespace echelon
