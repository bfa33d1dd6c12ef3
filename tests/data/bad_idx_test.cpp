#include <cmath>

#include "bad_input.hpp"

namespace echelon {
namespace {

constexpr auto data = ExitCode::data;
constexpr auto missing = ExitCode::no_input;
constexpr auto usage = ExitCode::usage;
constexpr std::uint32_t huge = 0x7fffffff;

// 5 images of 2 x 3 pixels, 5 labels, the same as test data; then one thing is spoilt.

class BadIdx : public testing::TestWithParam<BadInput> {};

TEST_P(BadIdx, IsRefused) {
  const TemporaryFolder folder;
  DataOptions options;
  options.source = DataSource::idx;
  options.train_images = folder / "images";
  options.train_labels = folder / "labels";
  options.test_images = folder / "more-images";
  options.test_labels = folder / "more-labels";
  for (const auto& path : {options.train_images, options.test_images})
    write_file(path, idx({5, 2, 3}, counting(30)));
  for (const auto& path : {options.train_labels, options.test_labels})
    write_file(path, idx({5}, counting(5, 3)));
  expect_refused(GetParam(), folder, options);
}

BadInput images(const char* name, const std::string& bytes, std::vector<std::string> words) {
  words.push_back("/images'");
  return {name, [bytes](const auto& folder, auto&) { write_file(folder / "images", bytes); }, data,
          std::move(words)};
}

BadInput labels(const char* name, const std::string& bytes, std::vector<std::string> words) {
  words.push_back("/labels'");
  return {name, [bytes](const auto& folder, auto&) { write_file(folder / "labels", bytes); }, data,
          std::move(words)};
}

const std::string good = idx({5, 2, 3}, counting(30));

const BadInput bad_images[] = {
    images("Empty", "", {"magic", "0 of 4"}),
    images("HalfMagic", good.substr(0, 3), {"magic", "3 of 4"}),
    images("HalfShape", good.substr(0, 10), {"header", "2 of 4"}),
    images("NotIdx", "PNG!" + good.substr(4), {"504e4721", "0000"}),
    images("Html", "<!DOCTYPE html><html>404</html>", {"3c21444f", "not an IDX file"}),
    images("LittleEndian", std::string("\3\10\0\0", 4) + good.substr(4),
           {"little-endian", "00000803"}),
    images("SignedBytes", idx({5, 2, 3}, counting(30), 9), {"element type 09", "expected 08"}),
    images("Doubles", idx({5, 2, 3}, counting(240), 14), {"64-bit reals", "expected 08"}),
    images("UnknownType", idx({5, 2, 3}, counting(30), 77), {"element type 4d", "expected 08"}),
    images("NoRank", big_endian(0x800), {"rank is 0", "at least 1"}),
    {"Pool",
     [](auto&, auto& options) { options.pool = 2; },
     data,
     {"/images'", "side 2", "data.pool"}},
    {"Waves",
     [](auto&, auto& options) { options.waves = 3; },
     data,
     {"/images'", "2 x 3", "data.waves = 3"}},
    {"Windows",
     [](auto&, auto& options) { options.windows = 3; },
     data,
     {"/images'", "2 x 3", "data.windows = 3"}},
    images("RankOne", idx({30}, counting(30)), {"rank is 1", "expected 2 or more"}),
    images("Rank255", big_endian(0x8ff) + big_endian(1), {"header", "0 of 4"}),
    images("NoImages", idx({0, 2, 3}, ""), {"extent 0", "at least 1"}),
    images("NoPixels", idx({5, 0, 3}, ""), {"extent 0", "at least 1"}),
    images("OneByteShort", idx({5, 2, 3}, counting(29)), {"30 bytes", "29"}),
    images("OneByteLong", idx({5, 2, 3}, counting(31)), {"30 bytes", "31"}),
    images("NoPayload", idx({5, 2, 3}, ""), {"30 bytes", "0 follow"}),
    images("HugeCount", idx({huge, 2, 3}, counting(30)), {"12884901882", "30"}),
    images("CountBeyondInt", idx({0x80000000, 2, 3}, counting(30)), {"2147483648", "2147483647"}),
    images("HugeShape", idx({5, huge, huge}, counting(30)), {"2147483647", "too large"}),
    images("ShapeThatOverflows", idx({huge, huge, huge, huge, huge}, counting(30)), {"too large"}),
    images("FewerThanLabels", idx({4, 2, 3}, counting(24)), {"are 4", "are 5", "/labels'"}),
    images("MoreThanLabels", idx({6, 2, 3}, counting(36)), {"are 6", "are 5", "/labels'"}),
    images("OtherShapeThanTest", idx({5, 2, 2}, counting(20)),
           {"4", "6", "features", "more-images"}),
    images("GzipCutShort", gzip(good).substr(0, 40), {"cut short"}),
    images("GzipCutInTrailer", gzip(good).substr(0, gzip(good).size() - 1), {"cut short"}),
    images("GzipHeaderOnly", gzip(good).substr(0, 10), {"cut short"}),
    images("GzipTwoBytes", "\x1f\x8b", {"cut short"}),
    images("GzipThenRubbish", gzip(good) + "rubbish", {"damaged"}),
    images("GzipOfEmpty", gzip(""), {"magic", "0 of 4"}),
    images("GzipOfShort", gzip(idx({5, 2, 3}, counting(29))), {"30 bytes", "29"}),
    images("GzipOfLong", gzip(idx({5, 2, 3}, counting(31))), {"30 bytes", "at least 31"}),
    images("GzipOfHugeCount", gzip(idx({huge, 28, 28}, counting(30))), {"1683627179248", "30"}),
    images("GzipTwice", gzip(gzip(good)), {"not an IDX file"}),
    images("GzipWrongChecksum",
           [] {
             auto bytes = gzip(good);
             bytes[bytes.size() - 8] ^= 1;
             return bytes;
           }(),
           {"damaged"}),
    labels("LabelsOfRankTwo", idx({5, 1}, counting(5, 3)), {"rank is 2", "expected 1"}),
    labels("LabelsAreImages", good, {"rank is 3", "expected 1"}),
    labels("FewLabels", idx({4}, counting(4, 3)), {"are 5", "are 4", "/images'"}),
    labels("LabelsCutShort", idx({5}, counting(4, 3)), {"5 bytes", "4"}),
    {"MissingImages",
     [](const auto& f, auto&) { std::filesystem::remove(f / "images"); },
     missing,
     {"/images'", "does not exist"}},
    {"MissingLabels",
     [](const auto& f, auto&) { std::filesystem::remove(f / "labels"); },
     missing,
     {"/labels'", "does not exist"}},
    {"Folder",
     [](const auto& f, auto& o) { o.train_images = f.path(); },
     missing,
     {"not a regular file"}},
    {"Device",
     [](const auto&, auto& o) { o.train_images = "/dev/zero"; },
     missing,
     {"/dev/zero", "not a regular file"}},
    {"TestLabelOutOfRange",
     [](const auto& f, auto&) { write_file(f / "more-labels", idx({5}, counting(5, 4))); },
     data,
     {"label 3", "index 3", "3 classes", "more-labels"}},
    {"TestImagesWithoutLabels",
     [](const auto&, auto& o) { o.test_labels.clear(); },
     usage,
     {"test-images", "test-labels", "more-images"}},
    {"TrainCountTooLarge",
     [](const auto&, auto& o) { o.train_count = 6; },
     data,
     {"train-count = 6", "5 samples", "/images'"}},
    {"TestCountTooLarge",
     [](const auto&, auto& o) { o.test_count = 7; },
     data,
     {"test-count = 7", "5 samples", "more-images"}},
    {"NegativeCount",
     [](const auto&, auto& o) { o.train_count = -1; },
     usage,
     {"train-count = -1"}},
    {"ScaleOfZero", [](const auto&, auto& o) { o.pixel_scale = 0; }, usage, {"pixel-scale = 0"}},
    {"ScaleNotFinite",
     [](const auto&, auto& o) { o.pixel_scale = std::nan(""); },
     usage,
     {"pixel-scale = nan"}},
};
INSTANTIATE_TEST_SUITE_P(Data, BadIdx, testing::ValuesIn(bad_images), name_of);

// MNIST: the four files with three images each.

class BadMnist : public testing::TestWithParam<BadInput> {};

TEST_P(BadMnist, IsRefused) {
  const TemporaryFolder folder;
  DataOptions options;
  options.dir = folder.path();
  for (const std::string part : {"train", "t10k"}) {
    write_file(folder / (part + "-images-idx3-ubyte"), idx({3, 2, 2}, counting(12)));
    write_file(folder / (part + "-labels-idx1-ubyte.gz"), gzip(idx({3}, "\1\2\3")));
  }
  EXPECT_EQ(load(options).classes, 10);
  expect_refused(GetParam(), folder, options);
}

const BadInput bad_mnist[] = {
    {"NoFolder",
     [](const auto& f, auto& o) { o.dir = f / "none"; },
     missing,
     {"none/train-images-idx3-ubyte", ".gz"}},
    {"OneFileMissing",
     [](const auto& f, auto&) { std::filesystem::remove(f / "t10k-images-idx3-ubyte"); },
     missing,
     {"t10k-images-idx3-ubyte"}},
    {"LabelTen",
     [](const auto& f, auto&) {
       write_file(f / "train-labels-idx1-ubyte.gz", gzip(idx({3}, "\1\2\12")));
     },
     data,
     {"label 10", "index 2", "10 classes", "train-labels"}},
};
INSTANTIATE_TEST_SUITE_P(Data, BadMnist, testing::ValuesIn(bad_mnist), name_of);

// Teacher: only options can be wrong.

class BadTeacher : public testing::TestWithParam<BadInput> {};

TEST_P(BadTeacher, IsRefused) {
  DataOptions options;
  options.source = DataSource::teacher;
  options.widths = {3, 2};
  options.samples = 10;
  EXPECT_EQ(load(options).classes, 2);
  expect_refused(GetParam(), TemporaryFolder(), options);
}

const BadInput bad_teachers[] = {
    {"OneWidth", [](const auto&, auto& o) { o.widths = {3}; }, usage, {"1 entries", "at least 2"}},
    {"WidthOfZero",
     [](const auto&, auto& o) {
       o.widths = {3, 0, 2};
     },
     usage,
     {"3,0,2", "has 0"}},
    {"OneClass",
     [](const auto&, auto& o) {
       o.widths = {3, 1};
     },
     usage,
     {"ends with 1", "at least 2"}},
    {"NoSamples", [](const auto&, auto& o) { o.samples = 0; }, usage, {"samples = 0"}},
    {"NegativeNoise", [](const auto&, auto& o) { o.noise = -1; }, usage, {"noise = -1"}},
    {"CountTooLarge",
     [](const auto&, auto& o) { o.train_count = 11; },
     data,
     {"train-count = 11", "10 samples"}},
};
INSTANTIATE_TEST_SUITE_P(Data, BadTeacher, testing::ValuesIn(bad_teachers), name_of);

}  // namespace
}  // namespace echelon
