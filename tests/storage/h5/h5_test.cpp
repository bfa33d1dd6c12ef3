#include "echelon/storage/h5/h5.hpp"

#include <gtest/gtest.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <limits>

#include "echelon/core/error.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {
namespace {

const std::vector<double> six = {1.5, -2, 3e-300, 4, 5, std::nan("")};

ExitCode code_of(const std::function<void()>& action, const std::vector<std::string>& words) {
  try {
    action();
  } catch (const Error& error) {
    for (const auto& word : words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "'" << word << "' is not in: " << error.what();
    return error.code();
  }
  ADD_FAILURE() << "no Error";
  return ExitCode::done;
}

template <class T>
class H5Types : public ::testing::Test {};
using Types =
    ::testing::Types<double, float, std::int64_t, std::int32_t, std::int8_t, std::uint8_t>;
TYPED_TEST_SUITE(H5Types, Types);

TYPED_TEST(H5Types, ComeBackAsTheyWentIn) {
  const TemporaryFolder folder;
  const std::vector<TypeParam> values = {TypeParam(0),
                                         TypeParam(1),
                                         std::numeric_limits<TypeParam>::max(),
                                         std::numeric_limits<TypeParam>::lowest(),
                                         TypeParam(7),
                                         TypeParam(9)};
  {
    auto file = H5File::create(folder / "a.h5");
    file.write_array<TypeParam>("/x/y/values", {3, 2}, values);
    file.write_array<TypeParam>("/x/packed", {6}, values, {{4}, {}, 4});
    file.write_array<TypeParam>("/nothing", {0, 3}, {});
    file.write_array<TypeParam>("/scalar", {}, std::span(values).first(1));
    file.close();
  }
  const auto file = H5File::open(folder / "a.h5");
  EXPECT_EQ(file.read_array<TypeParam>("/x/y/values"), values);
  EXPECT_EQ(file.read_array<TypeParam>("/x/packed"), values);
  EXPECT_EQ(file.read_array<TypeParam>("/nothing").size(), 0u);
  EXPECT_EQ(file.read_array<TypeParam>("/scalar"), std::vector<TypeParam>{TypeParam(0)});
  EXPECT_EQ(file.dims("/x/y/values"), (H5Dims{3, 2}));
  EXPECT_EQ(file.dims("/scalar"), H5Dims{});
  EXPECT_EQ(file.list("/x"), (std::vector<std::string>{"packed", "y"}));
  EXPECT_EQ(file.list("/"), (std::vector<std::string>{"nothing", "scalar", "x"}));
  std::vector<double> converted(2);
  file.read_box<double>("/x/y/values", {{1, 0}, {1, 2}}, converted);
  EXPECT_EQ(converted[0], static_cast<double>(values[2]));
  EXPECT_EQ(converted[1], static_cast<double>(values[3]));
}

TEST(H5File, GroupsExistOrNot) {
  auto file = H5File::create_in_memory("groups");
  file.create_group("/a/b");
  file.create_group("/a/b");
  file.write_array<double>("/a/c", {6}, six);
  EXPECT_TRUE(file.exists("/a/b"));
  EXPECT_TRUE(file.is_group("/a"));
  EXPECT_TRUE(file.is_group("/"));
  EXPECT_FALSE(file.is_group("/a/c"));
  EXPECT_FALSE(file.exists("/z/y/x"));
  EXPECT_EQ(file.type("/a/c"), H5Type::float64);
}

TEST(H5File, PartsAreWrittenAndTheRestIsFill) {
  auto file = H5File::create_in_memory("parts");
  file.create_array<std::int64_t>("/n", {3, 2}, {{}, -1, 0});
  const std::vector<std::int64_t> row = {8, 9};
  file.write_box<std::int64_t>("/n", {{1, 0}, {1, 2}}, row);
  EXPECT_EQ(file.read_array<std::int64_t>("/n"), (std::vector<std::int64_t>{-1, -1, 8, 9, -1, -1}));
}

TEST(H5File, ImageIsTheFile) {
  const TemporaryFolder folder;
  auto file = H5File::create_in_memory("image");
  auto same = H5File::create_in_memory("image");
  for (auto* f : {&file, &same}) {
    f->write_array<double>("/six", {6}, six);
    f->set_attribute("/", "title", "one");
  }
  const auto bytes = file.image();
  EXPECT_EQ(bytes, same.image()) << "a file must depend on its contents only";
  std::ofstream(folder / "image.h5", std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  EXPECT_EQ(H5File::open(folder / "image.h5").attribute<std::string>("/", "title"), "one");
  const auto read = H5File::open_bytes(bytes, "bytes").read_array<double>("/six");
  EXPECT_EQ(read[2], six[2]);
  EXPECT_TRUE(std::isnan(read[5]));
}

TEST(H5File, AttributesOfEveryKind) {
  auto file = H5File::create_in_memory("attributes");
  file.write_array<double>("/x", {6}, six);
  file.set_attribute("/x", "units", "nats");
  file.set_attribute("/x", "units", "µm");
  file.set_attribute("/x", "empty", "");
  file.set_attribute("/x", "pi", 3.25);
  file.set_attribute("/", "count", std::int64_t{1} << 60);
  file.set_attribute("/", "list", std::vector<double>{1, 2, 3});
  file.set_attribute("/", "whole", std::vector<std::int64_t>{});
  file.set_attribute("/", "config", std::string(100'000, 'c'));
  const auto read = H5File::open_bytes(file.image(), "attributes");
  EXPECT_EQ(read.attribute<std::string>("/x", "units"), "µm");
  EXPECT_EQ(read.attribute<std::string>("/x", "empty"), "");
  EXPECT_EQ(read.attribute<double>("/x", "pi"), 3.25);
  EXPECT_EQ(read.attribute<std::int64_t>("/", "count"), std::int64_t{1} << 60);
  EXPECT_EQ(read.attribute<std::vector<double>>("/", "list"), (std::vector<double>{1, 2, 3}));
  EXPECT_TRUE(read.attribute<std::vector<std::int64_t>>("/", "whole").empty());
  EXPECT_EQ(read.attribute<std::string>("/", "config").size(), 100'000u);
  EXPECT_FALSE(read.has_attribute("/", "units"));
  EXPECT_EQ(code_of([&] { read.attribute<double>("/x", "units"); }, {"units", "/x"}),
            ExitCode::data);
  EXPECT_EQ(code_of([&] { read.attribute<double>("/", "units"); }, {"units", "missing"}),
            ExitCode::data);
}

TEST(H5File, ScalesNameTheAxes) {
  auto file = H5File::create_in_memory("scales");
  const std::vector<std::int64_t> draws = {0, 1};
  file.write_array<double>("/posterior/x", {2, 3}, six);
  file.write_array<std::int64_t>("/posterior/draw", {2}, draws);
  file.make_scale("/posterior/draw", "draw");
  file.attach_scale("/posterior/x", 0, "/posterior/draw");
  EXPECT_EQ(file.attribute<std::string>("/posterior/draw", "NAME"), "draw");
  EXPECT_TRUE(file.has_attribute("/posterior/x", "DIMENSION_LIST"));
  EXPECT_EQ(code_of([&] { file.attach_scale("/posterior/x", 7, "/posterior/draw"); }, {"axis 7"}),
            ExitCode::io);
}

TEST(H5File, ViewsShowOtherFilesAndFillTheRest) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "segments");
  auto segment = H5File::create(folder / "segments/100%b.h5");
  segment.write_array<double>("/x", {2, 3}, six);
  segment.close();
  const H5Source good{"segments/100%b.h5", "/x", {2, 3}, {{0, 1}, {2, 2}}, {1, 0}};
  const H5Source lost{"segments/lost.h5", "/x", {1, 2}, {{0, 0}, {1, 2}}, {3, 0}};
  auto view = H5File::create(folder / "view.h5");
  view.create_view<double>("/x", {4, 2}, std::vector{good, lost});
  view.create_view<std::int32_t>("/n", {2}, {});
  view.close();
  const auto read = H5File::open(folder / "view.h5", H5Trust::own);
  const auto x = read.read_array<double>("/x");
  EXPECT_TRUE(std::isnan(x[0]) && std::isnan(x[1]) && std::isnan(x[6]) && std::isnan(x[7]));
  EXPECT_EQ((std::vector<double>{x[2], x[3], x[4]}), (std::vector<double>{six[1], six[2], six[4]}));
  EXPECT_EQ(read.read_array<std::int32_t>("/n"), (std::vector<std::int32_t>{-1, -1}));
}

TEST(H5File, ReadsWhileAnotherWrites) {
  const TemporaryFolder folder;
  auto writer = H5File::create(folder / "a.h5");
  writer.write_array<double>("/x", {6}, six);
  writer.flush();
  const auto command = "h5dump -d /x " + (folder / "a.h5").string() + " > /dev/null 2>&1";
  if (std::system("command -v h5dump > /dev/null") != 0) GTEST_SKIP() << "h5dump is not installed";
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(H5File, FlippedValueIsNoticed) {
  auto file = H5File::create_in_memory("flip");
  std::vector<double> marked(64, 1.0);
  marked[40] = 123456.789;
  file.write_array<double>("/x", {64}, marked);
  auto bytes = file.image();
  const auto* mark = reinterpret_cast<const std::byte*>(&marked[40]);
  const auto found = std::search(bytes.begin(), bytes.end(), mark, mark + 8);
  ASSERT_NE(found, bytes.end());
  *found ^= std::byte{4};
  const auto damaged = H5File::open_bytes(bytes, "flip");
  EXPECT_EQ(code_of([&] { damaged.read_array<double>("/x"); }, {"/x", "flip", "checksum"}),
            ExitCode::data);
}

TEST(H5File, SaysWhatIsMissing) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of([&] { H5File::open(folder / "none.h5"); }, {"none.h5", "does not exist"}),
            ExitCode::no_input);
  EXPECT_EQ(code_of([&] { H5File::open(folder / "."); }, {"not a regular file"}),
            ExitCode::no_input);
  std::ofstream(folder / "text.h5") << "this is not HDF5";
  EXPECT_EQ(code_of([&] { H5File::open(folder / "text.h5"); }, {"text.h5", "HDF5"}),
            ExitCode::data);
  EXPECT_EQ(code_of([&] { H5File::create(folder / "text.h5"); }, {"text.h5"}), ExitCode::io);
  EXPECT_EQ(code_of([&] { H5File::create(folder / "no/folder.h5"); }, {"folder.h5"}), ExitCode::io);
  auto file = H5File::create_in_memory("memory");
  file.write_array<double>("/x", {6}, six);
  EXPECT_EQ(code_of([&] { file.read_array<double>("/y"); }, {"/y", "memory", "missing"}),
            ExitCode::data);
  EXPECT_EQ(code_of([&] { file.read_array<float>("/x"); }, {"/x", "element type"}), ExitCode::data);
  std::vector<std::int64_t> whole(6);
  EXPECT_EQ(code_of([&] { file.read_into<std::int64_t>("/x", whole); }, {"/x", "integers"}),
            ExitCode::data);
  EXPECT_EQ(code_of([&] { file.dims("/"); }, {"cannot open"}), ExitCode::data);
  EXPECT_EQ(code_of([&] { H5File::open_bytes({}, "void"); }, {"void", "0 bytes"}), ExitCode::data);
}

// Files that only a hostile or careless author writes, made with the C library directly.
class HostileFile : public ::testing::Test {
 protected:
  HostileFile() : path_(folder_ / "hostile.h5") {
    file_ = H5Fcreate(path_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    creation_ = H5Pcreate(H5P_DATASET_CREATE);
  }
  void array(const std::vector<hsize_t>& dims, bool write) {
    const auto space = H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
    const auto set =
        H5Dcreate2(file_, "/x", H5T_IEEE_F64LE, space, H5P_DEFAULT, creation_, H5P_DEFAULT);
    ASSERT_GE(set, 0);
    if (write) H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, six.data());
    H5Dclose(set);
    H5Sclose(space);
  }
  void refused(const std::vector<std::string>& words) {
    H5Pclose(creation_);
    H5Fclose(file_);
    const auto file = H5File::open(path_);
    EXPECT_EQ(code_of([&] { file.read_array<double>("/x"); }, words), ExitCode::data);
  }
  TemporaryFolder folder_;
  std::filesystem::path path_;
  hid_t file_, creation_;
};

TEST_F(HostileFile, SoftLink) {
  H5Lcreate_soft("/y", file_, "/x", H5P_DEFAULT, H5P_DEFAULT);
  refused({"/x", "link"});
}

TEST_F(HostileFile, ExternalLink) {
  H5Lcreate_external("/etc/passwd", "/x", file_, "/x", H5P_DEFAULT, H5P_DEFAULT);
  refused({"/x", "link"});
}

TEST_F(HostileFile, ValuesInAnotherFile) {
  H5Pset_external(creation_, "/etc/passwd", 0, 48);
  array({6}, false);
  refused({"/x", "1 other files"});
}

TEST_F(HostileFile, VirtualArray) {
  const hsize_t dims[] = {6};
  const auto space = H5Screate_simple(1, dims, nullptr);
  H5Pset_virtual(creation_, space, "/etc/passwd", "/x", space);
  H5Sclose(space);
  array({6}, false);
  refused({"/x", "virtual"});
}

TEST_F(HostileFile, UnknownFilter) {
  const hsize_t chunk[] = {6};
  H5Pset_chunk(creation_, 1, chunk);
  H5Pset_scaleoffset(creation_, H5Z_SO_FLOAT_DSCALE, 3);
  array({6}, true);
  refused({"/x", "filter 6"});
}

TEST_F(HostileFile, HugeShapeOfFewBytes) {
  const hsize_t chunk[] = {1, 64};
  H5Pset_chunk(creation_, 2, chunk);
  array({hsize_t{1} << 40, hsize_t{1} << 22}, false);
  refused({"/x", "impossible shape"});
}

TEST_F(HostileFile, LargeShapeOfFewBytes) {
  const hsize_t chunk[] = {64};
  H5Pset_chunk(creation_, 1, chunk);
  array({hsize_t{1} << 40}, false);
  refused({"/x", "announces 8796093022208 bytes"});
}

TEST_F(HostileFile, PartlyWritten) {
  const hsize_t chunk[] = {3};
  H5Pset_chunk(creation_, 1, chunk);
  H5Pset_deflate(creation_, 9);
  H5Pset_alloc_time(creation_, H5D_ALLOC_TIME_INCR);
  const hsize_t dims[] = {9}, start[] = {0}, count[] = {3};
  const auto space = H5Screate_simple(1, dims, nullptr);
  const auto memory = H5Screate_simple(1, count, nullptr);
  const auto set =
      H5Dcreate2(file_, "/x", H5T_IEEE_F64LE, space, H5P_DEFAULT, creation_, H5P_DEFAULT);
  H5Sselect_hyperslab(space, H5S_SELECT_SET, start, nullptr, count, nullptr);
  ASSERT_GE(H5Dwrite(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, six.data()), 0);
  H5Dclose(set);
  H5Sclose(memory);
  H5Sclose(space);
  refused({"/x", "partly written"});
}

TEST_F(HostileFile, TextInsteadOfNumbers) {
  const hsize_t dims[] = {2};
  const auto space = H5Screate_simple(1, dims, nullptr);
  H5Dclose(H5Dcreate2(file_, "/x", H5T_C_S1, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(space);
  refused({"/x", "element type"});
}

}  // namespace
}  // namespace echelon
