#include <atomic>
#include <cstdlib>
#include <cstring>

#include "handle.hpp"

namespace echelon {

using namespace h5;

namespace {

// H5Fget_file_image() of HDF5 1.10.8 leaves a wrong superblock checksum, so that the image cannot
// be opened. Hence the bytes are taken where a closing file in memory gives them up.
void* take_more(void* old, std::size_t size, H5FD_file_image_op_t, void*) {
  return std::realloc(old, size);
}

herr_t give_back(void* memory, H5FD_file_image_op_t when, void* keeper) {
  auto& kept = *static_cast<std::vector<std::byte>*>(keeper);
  constexpr std::size_t end_of_file = 28;  // where a superblock of version 2 says the length
  std::uint64_t length = 0;
  if (when == H5FD_FILE_IMAGE_OP_FILE_CLOSE && memory != nullptr) {
    const auto* bytes = static_cast<const std::byte*>(memory);
    std::memcpy(&length, bytes + end_of_file, sizeof length);
    kept.assign(bytes, bytes + length);
  }
  std::free(memory);
  return 0;
}

H5FD_file_image_callbacks_t image_callbacks(std::vector<std::byte>& bytes) {
  H5FD_file_image_callbacks_t calls{};
  calls.udata_copy = [](void* data) { return data; };
  calls.udata_free = [](void*) -> herr_t { return 0; };
  calls.udata = &bytes;
  return calls;
}

void keep_image(hid_t access, std::vector<std::byte>& keeper, const std::string& name) {
  auto calls = image_callbacks(keeper);
  calls.image_malloc = [](std::size_t size, H5FD_file_image_op_t, void*) {
    return std::malloc(size);
  };
  calls.image_realloc = take_more;
  calls.image_free = give_back;
  check(H5Pset_file_image_callbacks(access, &calls), ExitCode::internal, "cannot prepare '{}'",
        name);
}

/// Lets the library read `bytes` where they are: every copy it wants is the original.
void show_image(hid_t access, std::vector<std::byte>& bytes, const std::string& name) {
  auto calls = image_callbacks(bytes);
  calls.image_malloc = [](std::size_t, H5FD_file_image_op_t, void* held) -> void* {
    return static_cast<std::vector<std::byte>*>(held)->data();
  };
  calls.image_memcpy = [](void* to, const void*, std::size_t, H5FD_file_image_op_t, void*) {
    return to;
  };
  calls.image_realloc = [](void*, std::size_t, H5FD_file_image_op_t, void*) -> void* {
    return nullptr;
  };
  calls.image_free = [](void*, H5FD_file_image_op_t, void*) -> herr_t { return 0; };
  const bool good = H5Pset_file_image_callbacks(access, &calls) >= 0 &&
                    H5Pset_file_image(access, bytes.data(), bytes.size()) >= 0;
  check(good ? 0 : -1, ExitCode::internal, "cannot prepare '{}'", name);
}

/// A file access list for a file in memory, and the name HDF5 knows it by: two open files of one
/// name would be taken for one file.
Handle memory_list(const std::string& name, std::string& unique_name) {
  static std::atomic<int> serial = 0;
  unique_name = fmt::format("{}#{}", name, ++serial);
  auto access = access_list(name);
  check(H5Pset_fapl_core(access, 1 << 20, false), ExitCode::internal, "cannot prepare '{}'", name);
  return access;
}

}  // namespace

H5File H5File::create_in_memory(const std::string& name) {
  initialise();
  H5File file(name, H5Trust::own);
  file.image_ = std::make_unique<std::vector<std::byte>>();
  std::string unique_name;
  const auto access = memory_list(name, unique_name);
  keep_image(access, *file.image_, name);
  file.id_ =
      check(create_file(unique_name, access), ExitCode::io, "cannot create '{}' in memory", name);
  return file;
}

H5File H5File::open_bytes(std::vector<std::byte> bytes, const std::string& name, H5Trust trust) {
  initialise();
  H5File file(name, trust);
  require(!bytes.empty(), ExitCode::data, "'{}' is empty (0 bytes)", name);
  file.image_ = std::make_unique<std::vector<std::byte>>(std::move(bytes));
  std::string unique_name;
  const auto access = memory_list(name, unique_name);
  show_image(access, *file.image_, name);
  file.id_ = check(H5Fopen(unique_name.c_str(), H5F_ACC_RDONLY, access), ExitCode::data,
                   "'{}' cannot be opened as an HDF5 file", name);
  return file;
}

std::vector<std::byte> H5File::image() {
  require(image_ != nullptr, ExitCode::internal, "'{}' is not in memory", name_);
  close();
  return std::move(*image_);
}

}  // namespace echelon
