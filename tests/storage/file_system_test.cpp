#include "echelon/storage/file_system.hpp"

#include <sys/stat.h>

#include "echelon/core/error.hpp"
#include "storage/toy_fixture.hpp"

namespace echelon {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

ExitCode code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return ExitCode::done;
}

TEST(FileSystem, HashIsXxh3OfTheBytes) {
  // The reference implementation's answer for no bytes.
  EXPECT_EQ(hash_of({}), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash_of(bytes_of("a")), hash_of(bytes_of("b")));
}

TEST(FileSystem, AtomicWriteReplacesAndLeavesNothingElse) {
  const TemporaryFolder folder;
  toy::overwrite(folder / "a.part", "of a killed process");
  for (const std::size_t size : {0U, 1U, 1U << 20, (1U << 20) + 1U, 3U << 20}) {
    const std::string text(size, 'x');
    const FileStamp stamp = atomic_write(folder.path(), "a", bytes_of(text));
    EXPECT_EQ(stamp.bytes, size);
    EXPECT_EQ(toy::contents(folder / "a"), text);
    EXPECT_EQ(read_stamped(folder.path(), stamp).size(), size);
    EXPECT_NO_THROW(check_stamp(folder.path(), stamp));
  }
  EXPECT_EQ(list_directory(folder.path()), std::vector<std::string>{"a"});
}

TEST(FileSystem, AtomicWriteFollowsNoLink) {
  const TemporaryFolder folder;
  toy::overwrite(folder / "victim", "precious");
  std::filesystem::create_symlink(folder / "victim", folder / "a");
  std::filesystem::create_symlink(folder / "victim", folder / "a.part");
  atomic_write(folder.path(), "a", bytes_of("new"));
  EXPECT_EQ(toy::contents(folder / "victim"), "precious");
  EXPECT_FALSE(std::filesystem::is_symlink(folder / "a"));
  EXPECT_EQ(toy::contents(folder / "a"), "new");
}

TEST(FileSystem, FailuresAreNamedAndLeaveTheOldFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(code_of([&] { atomic_write(folder / "missing", "a", {}); }), ExitCode::io);
  std::filesystem::create_directories(folder / "a" / "full");
  EXPECT_EQ(code_of([&] { atomic_write(folder.path(), "a", {}); }), ExitCode::io);
  EXPECT_EQ(list_directory(folder.path()), std::vector<std::string>{"a"});
  EXPECT_EQ(code_of([&] { make_directory(folder / "a" / "full" / "b"); }), ExitCode::done);
  toy::overwrite(folder / "f", "");
  EXPECT_EQ(code_of([&] { make_directory(folder / "f"); }), ExitCode::locked);
}

TEST(FileSystem, OnlyRegularFilesOfTheRightLengthAreRead) {
  const TemporaryFolder folder;
  toy::overwrite(folder / "a", "abcd");
  std::filesystem::create_symlink(folder / "a", folder / "link");
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(folder / "a", 4).size(), 4U);
  EXPECT_EQ(code_of([&] { read_file(folder / "a", 3); }), ExitCode::data);
  EXPECT_EQ(code_of([&] { read_file(folder / "none", 3); }), ExitCode::no_input);
  EXPECT_EQ(code_of([&] { read_file(folder / "link", 9); }), ExitCode::data);
  EXPECT_EQ(code_of([&] { read_file(folder / "pipe", 9); }), ExitCode::data);
  EXPECT_EQ(code_of([&] { read_file(folder.path(), 9); }), ExitCode::data);
  const FileStamp wrong{"a", 4, std::string(32, '0')};
  EXPECT_EQ(code_of([&] { read_stamped(folder.path(), wrong); }), ExitCode::data);
  EXPECT_EQ(code_of([&] { check_stamp(folder.path(), wrong); }), ExitCode::data);
}

}  // namespace
}  // namespace echelon
