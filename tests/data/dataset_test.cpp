#include "echelon/data/dataset.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "echelon/core/error.hpp"
#include "echelon/storage/h5/h5.hpp"
#include "idx_pair.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {
namespace {

TEST_F(Idx, PixelsAndLabels) {
  const auto data = load(options_);
  EXPECT_EQ(data.train.samples, 5);
  EXPECT_EQ(data.train.features, 6);
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.test.samples, 0);
  EXPECT_EQ(data.train.labels, (std::vector<int>{0, 1, 2, 0, 1}));
  ASSERT_EQ(data.train.inputs.rows(), 6);
  ASSERT_EQ(data.train.inputs.cols(), 5);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(data.train.inputs.data()[i], static_cast<float>(i) / 256);
}

TEST_F(Idx, CompressedIsTheSame) {
  const auto raw = load(options_);
  const auto payload = idx({5, 2, 3}, counting(30));
  // Two members in one file, cut in the middle of the pixels.
  write_file(folder_ / "a", gzip(payload.substr(0, 20)) + gzip(payload.substr(20)));
  write_file(folder_ / "b", gzip(idx({5}, counting(5, 3))));
  EXPECT_EQ(load(options_).train.inputs, raw.train.inputs);
  EXPECT_EQ(load(options_).hash, raw.hash);
}

TEST_F(Idx, CountsScaleAndConstant) {
  add_test();
  options_.train_count = 3;
  options_.test_count = 1;
  options_.pixel_scale = 255;
  options_.append_one = true;
  const auto data = load(options_);
  EXPECT_EQ(data.train.samples, 3);
  EXPECT_EQ(data.train.features, 7);
  EXPECT_EQ(data.train.inputs.cols(), 3);
  EXPECT_EQ(data.train.labels.size(), 3u);
  EXPECT_EQ(data.test.inputs.cols(), 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(data.train.inputs(6, i), 1.0f);
  EXPECT_EQ(data.train.inputs(1, 2), static_cast<float>(13.0 / 255));
}

TEST_F(Idx, HashSeesEveryPart) {
  add_test();
  std::vector<std::string> hashes = {load(options_).hash};
  const auto note = [&] { hashes.push_back(load(options_).hash); };
  auto labels = counting(5, 3);
  options_.train_count = 4;
  note();
  options_.train_count = 0;
  options_.test_count = 1;
  note();
  options_.test_count = 0;
  options_.append_one = true;
  note();
  options_.append_one = false;
  labels[4] = 0;
  write_file(folder_ / "b", idx({5}, labels));
  note();
  auto pixels = counting(12);
  pixels[11] = 100;
  write_file(folder_ / "c", idx({2, 2, 3}, pixels));
  note();
  for (const auto& hash : hashes) {
    EXPECT_EQ(hash.size(), 64u);
    EXPECT_EQ(std::count(hashes.begin(), hashes.end(), hash), 1);
  }
}

TEST_F(Idx, SamplesToPredict) {
  const auto split = load_samples(folder_ / "a", options_);
  EXPECT_EQ(split.inputs, load(options_).train.inputs);
  EXPECT_TRUE(split.labels.empty());
}

class Hdf5 : public ::testing::Test {
 protected:
  Hdf5() : inputs_{1, 2, 3, 4, 5, 6}, labels_{2, 0, 1} {
    options_.source = DataSource::hdf5;
    options_.file = folder_ / "data.h5";
  }
  TemporaryFolder folder_;
  DataOptions options_;
  std::vector<double> inputs_;
  std::vector<std::int64_t> labels_;
};

TEST_F(Hdf5, InputsAndLabels) {
  auto file = H5File::create(options_.file);
  file.write_array<double>("/train/inputs", {3, 2}, inputs_);
  file.write_array<std::int64_t>("/train/labels", {3}, labels_);
  file.write_array<double>("/test/inputs", {1, 2}, std::span(inputs_).first(2));
  file.write_array<std::int64_t>("/test/labels", {1}, std::span(labels_).first(1));
  file.close();
  options_.append_one = true;
  const auto data = load(options_);
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(data.train.labels, (std::vector<int>{2, 0, 1}));
  EXPECT_EQ(data.test.labels, (std::vector<int>{2}));
  Matrix<float> expected(3, 3);
  expected << 1, 3, 5, 2, 4, 6, 1, 1, 1;
  EXPECT_EQ(data.train.inputs, expected);
  EXPECT_EQ(data.train.features, 3);
  options_.train_count = 2;
  EXPECT_EQ(load(options_).train.inputs, expected.leftCols(2));
  EXPECT_EQ(load_samples(options_.file, options_).inputs, expected.leftCols(1));
}

TEST_F(Hdf5, SmallIntegersAndTargets) {
  const std::vector<std::uint8_t> pixels = {0, 1, 2, 253, 254, 255};
  auto file = H5File::create(options_.file);
  file.write_array<std::uint8_t>("/train/inputs", {3, 2}, pixels, {{2, 2}, {}, 4});
  file.write_array<double>("/train/targets", {3, 2}, inputs_);
  file.close();
  const auto data = load(options_);
  EXPECT_EQ(data.classes, 0);
  EXPECT_TRUE(data.train.labels.empty());
  EXPECT_EQ(data.train.inputs(1, 2), 255.0f);
  EXPECT_EQ(data.train.targets(1, 0), 2.0f);
  EXPECT_EQ(data.test.samples, 0);
}

class Teacher : public ::testing::Test {
 protected:
  Teacher() {
    options_.source = DataSource::teacher;
    options_.widths = {6, 4, 3};
    options_.samples = 600;
  }
  DataOptions options_;
};

TEST_F(Teacher, IsWhatTheSeedSays) {
  const auto data = load(options_);
  EXPECT_EQ(data.train.samples, 600);
  EXPECT_EQ(data.test.samples, 600);
  EXPECT_EQ(data.classes, 3);
  EXPECT_EQ(load(options_).hash, data.hash);
  options_.seed = 2;
  EXPECT_NE(load(options_).hash, data.hash);
}

TEST_F(Teacher, LongerSetsBeginWithShorterOnes) {
  const auto data = load(options_);
  options_.samples = 50;
  options_.test_count = 70;
  const auto part = load(options_);
  EXPECT_EQ(part.train.inputs, data.train.inputs.leftCols(50));
  EXPECT_EQ(part.test.inputs, data.test.inputs.leftCols(70));
  EXPECT_TRUE(
      std::equal(part.test.labels.begin(), part.test.labels.end(), data.test.labels.begin()));
}

TEST_F(Teacher, LabelsAreTheLargestValues) {
  const auto classes = load(options_);
  options_.task = TeacherTask::values;
  const auto values = load(options_);
  EXPECT_EQ(values.train.inputs, classes.train.inputs);
  EXPECT_EQ(values.classes, 0);
  for (int i = 0; i < 600; ++i) {
    const auto y = values.train.targets.col(i);
    ASSERT_EQ(std::max_element(y.begin(), y.end()) - y.begin(),
              classes.train.labels[static_cast<std::size_t>(i)]);
  }
}

// 1,800 noise values: the standard error of their root mean square is .25/sqrt(3600) = .0042.
TEST_F(Teacher, NoiseIsAsLargeAsSaid) {
  options_.task = TeacherTask::values;
  const auto clean = load(options_);
  options_.noise = 0.25;
  const Matrix<float> noise = load(options_).train.targets - clean.train.targets;
  EXPECT_NEAR(noise.norm() / std::sqrt(1800.0f), 0.25, 5 * 0.0042);
  EXPECT_NEAR(noise.mean(), 0, 5 * 0.25 / std::sqrt(1800.0));
}

// Moments of 3,600 uniform numbers: mean 0 +- .0096, variance 1/3 +- .005.
TEST_F(Teacher, InputsAreUniform) {
  const auto x = load(options_).train.inputs;
  for (const float v : x.reshaped()) ASSERT_LT(std::abs(v), 1.0f);
  EXPECT_NEAR(x.mean(), 0, 5 * 0.0096);
  EXPECT_NEAR(x.squaredNorm() / static_cast<float>(x.size()), 1.0 / 3, 5 * 0.005);
}

TEST_F(Teacher, EveryClassOccurs) {
  auto labels = load(options_).train.labels;
  for (int c = 0; c < 3; ++c) EXPECT_GT(std::count(labels.begin(), labels.end(), c), 30) << c;
}

TEST(Mnist, IsMnist) {
  const char* folder = std::getenv("ECHELON_MNIST_DIR");
  if (folder == nullptr) GTEST_SKIP() << "ECHELON_MNIST_DIR is not set";
  DataOptions options;
  options.dir = folder;
  const auto data = load(options);
  EXPECT_EQ(data.train.samples, 60000);
  EXPECT_EQ(data.test.samples, 10000);
  EXPECT_EQ(data.train.features, 784);
  EXPECT_EQ(data.classes, 10);
  EXPECT_EQ(std::vector<int>(data.train.labels.begin(), data.train.labels.begin() + 5),
            (std::vector<int>{5, 0, 4, 1, 9}));
  EXPECT_EQ(std::vector<int>(data.test.labels.begin(), data.test.labels.begin() + 5),
            (std::vector<int>{7, 2, 1, 0, 4}));
  const auto& x = data.train.inputs;
  EXPECT_NEAR(x.cast<double>().mean() * 256, 33.318421, 1e-5);
  EXPECT_NEAR(static_cast<double>((x.array() > 0).count()) / static_cast<double>(x.size()), 0.19,
              0.005);
  EXPECT_EQ(*std::max_element(x.data(), x.data() + x.size()), 255.0f / 256);
}

}  // namespace
}  // namespace echelon
