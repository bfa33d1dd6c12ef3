#include <algorithm>
#include <cmath>
#include <limits>

#include "bad_input.hpp"
#include "echelon/storage/h5/h5.hpp"

namespace echelon {
namespace {

constexpr auto data = ExitCode::data;
constexpr auto missing = ExitCode::no_input;

// What is written replaces parts of 3 samples of 2 features with labels.

class BadHdf5 : public testing::TestWithParam<BadInput> {};

TEST_P(BadHdf5, IsRefused) {
  const TemporaryFolder folder;
  DataOptions options;
  options.source = DataSource::hdf5;
  options.file = folder / "data.h5";
  expect_refused(GetParam(), folder, options);
}

constexpr double inf = std::numeric_limits<double>::infinity();
const std::vector<double> six = {1, 2, 3, 4, 5, 6};
const std::vector<std::int64_t> three = {0, 2, 1};

using Write = std::function<void(H5File&)>;

/// A file with good training inputs and labels except those paths that `change` writes itself.
BadInput hdf5(const char* name, const std::vector<std::string>& without, const Write& change,
              std::vector<std::string> words) {
  words.push_back("data.h5'");
  const auto spoil = [=](const TemporaryFolder&, DataOptions& options) {
    auto file = H5File::create(options.file);
    const auto keeps = [&](const std::string& path) {
      return std::find(without.begin(), without.end(), path) == without.end();
    };
    if (keeps("/train/inputs")) file.write_array<double>("/train/inputs", {3, 2}, six);
    if (keeps("/train/labels")) file.write_array<std::int64_t>("/train/labels", {3}, three);
    change(file);
    file.close();
  };
  return {name, spoil, data, std::move(words)};
}

Write reals(const char* path, H5Dims dims, std::vector<double> values) {
  return [=](H5File& file) { file.write_array<double>(path, dims, values); };
}

Write integers(const char* path, H5Dims dims, std::vector<std::int64_t> values) {
  return [=](H5File& file) { file.write_array<std::int64_t>(path, dims, values); };
}

const std::vector<std::string> no_inputs = {"/train/inputs"};
const std::vector<std::string> no_labels = {"/train/labels"};

const BadInput bad_hdf5[] = {
    {"Missing", [](const auto&, auto&) {}, missing, {"data.h5", "does not exist"}},
    {"NotHdf5", [](const auto&, auto& o) { write_file(o.file, "hello, this is text"); }, data,
     {"data.h5", "HDF5"}},
    hdf5("NoInputs", no_inputs, [](H5File&) {}, {"/train/inputs", "missing"}),
    hdf5("InputsAreAGroup", no_inputs, [](H5File& f) { f.create_group("/train/inputs"); },
         {"/train/inputs", "array"}),
    hdf5("InputsOfRankOne", no_inputs, reals("/train/inputs", {6}, six),
         {"/train/inputs", "rank 1", "expected 2"}),
    hdf5("InputsOfRankThree", no_inputs, reals("/train/inputs", {3, 2, 1}, six),
         {"/train/inputs", "rank 3", "expected 2"}),
    hdf5("NoSamples", no_inputs, reals("/train/inputs", {0, 2}, {}),
         {"/train/inputs", "(0 x 2)", "1 to"}),
    hdf5("NoFeatures", no_inputs, reals("/train/inputs", {3, 0}, {}),
         {"/train/inputs", "(3 x 0)", "1 to"}),
    hdf5("NaN", no_inputs, reals("/train/inputs", {3, 2}, {1, 2, 3, std::nan(""), 5, 6}),
         {"/train/inputs", "nan", "(1, 1)"}),
    hdf5("Infinity", no_inputs, reals("/train/inputs", {3, 2}, {1, 2, 3, 4, -inf, 6}),
         {"/train/inputs", "-inf", "(2, 0)"}),
    hdf5("BeyondFloat", no_inputs, reals("/train/inputs", {3, 2}, {1, 2, 3, 4, 5, 1e300}),
         {"/train/inputs", "inf", "(2, 1)"}),
    hdf5("NoAnswers", no_labels, [](H5File&) {}, {"neither", "/train/labels", "/train/targets"}),
    hdf5("BothAnswers", {}, reals("/train/targets", {3, 2}, six),
         {"both", "/train/labels", "/train/targets"}),
    hdf5("FewLabels", no_labels, integers("/train/labels", {2}, {0, 1}),
         {"/train/labels", "2 samples", "has 3"}),
    hdf5("LabelsOfRankTwo", no_labels, integers("/train/labels", {3, 1}, three),
         {"/train/labels", "rank 2", "expected 1"}),
    hdf5("RealLabels", no_labels, reals("/train/labels", {3}, {0, 1, 2}),
         {"/train/labels", "integers"}),
    hdf5("NegativeLabel", no_labels, integers("/train/labels", {3}, {0, -1, 2}),
         {"/train/labels", "-1", "index 1"}),
    hdf5("HugeLabel", no_labels, integers("/train/labels", {3}, {0, 1, 1LL << 40}),
         {"/train/labels", "1099511627776", "index 2", "65535"}),
    hdf5("TargetsOfRankOne", no_labels, reals("/train/targets", {3}, {1, 2, 3}),
         {"/train/targets", "rank 1", "expected 2"}),
    hdf5("FewTargets", no_labels, reals("/train/targets", {2, 3}, six),
         {"/train/targets", "2 samples", "has 3"}),
    hdf5("TargetNaN", no_labels, reals("/train/targets", {3, 1}, {0, std::nan(""), 0}),
         {"/train/targets", "nan", "(1, 0)"}),
    hdf5("TestWithoutInputs", {}, integers("/test/labels", {3}, three),
         {"/test/inputs", "missing"}),
    hdf5("TestOfOtherWidth", {},
         [](H5File& f) {
           reals("/test/inputs", {2, 3}, six)(f);
           integers("/test/labels", {2}, {0, 1})(f);
         },
         {"3 features", "has 2"}),
    hdf5("TestWithoutLabels", {}, reals("/test/inputs", {3, 2}, six),
         {"0 labels", "3 in '/train'"}),
    hdf5("TestLabelOutOfRange", {},
         [](H5File& f) {
           reals("/test/inputs", {3, 2}, six)(f);
           integers("/test/labels", {3}, {0, 1, 3})(f);
         },
         {"/test/labels", "is 3", "index 2", "3 classes"}),
    hdf5("TestTargetsOfOtherWidth", no_labels,
         [](H5File& f) {
           reals("/train/targets", {3, 2}, six)(f);
           reals("/test/inputs", {3, 2}, six)(f);
           reals("/test/targets", {3, 1}, {1, 2, 3})(f);
         },
         {"1 outputs", "has 2"}),
    hdf5("TestIsAnArray", {}, reals("/test", {6}, six), {"/test/inputs"}),
    hdf5("NeverWritten", no_inputs,
         [](H5File& f) { f.create_array<double>("/train/inputs", {1 << 20, 1 << 20}); },
         {"/train/inputs", "8796093022208 bytes", "stores 0"}),
    {"CountTooLarge",
     [](const auto& f, auto& o) {
       o.train_count = 4;
       hdf5("", {}, [](H5File&) {}, {}).spoil(f, o);
     },
     data,
     {"train-count = 4", "3 samples", "data.h5"}},
};
INSTANTIATE_TEST_SUITE_P(Data, BadHdf5, testing::ValuesIn(bad_hdf5), name_of);

}  // namespace
}  // namespace echelon
