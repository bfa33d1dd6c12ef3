#include <algorithm>

#include "handle.hpp"

namespace echelon {

namespace h5 {

void initialise() {
  [[maybe_unused]] static const bool once = [] {
    check(H5open(), ExitCode::internal, "cannot start HDF5");
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);  // a file must not name code to load
    return true;
  }();
}

Handle access_list(const std::string& name) {
  auto list = property_list(H5P_FILE_ACCESS);
  // The 1.8 format checksums its metadata, and unlike with the 1.10 one no "being written" mark
  // locks out readers after a crash.
  bool good = H5Pset_libver_bounds(list, H5F_LIBVER_V18, H5F_LIBVER_LATEST) >= 0;
  good = good && H5Pset_fclose_degree(list, H5F_CLOSE_STRONG) >= 0;
  good = good && H5Pset_file_locking(list, false, true) >= 0;
  check(good ? 0 : -1, ExitCode::internal, "cannot prepare access to '{}'", name);
  return list;
}

hid_t create_file(const std::string& path, hid_t access) {
  auto creation = property_list(H5P_FILE_CREATE);
  check(H5Pset_obj_track_times(creation, false), ExitCode::internal, "cannot prepare '{}'", path);
  return H5Fcreate(path.c_str(), H5F_ACC_EXCL, creation, access);
}

}  // namespace h5

using namespace h5;

namespace {

/// Calls visit(prefix) for "/a", "/a/b", ... of "/a/b"; stops when it returns false.
template <class Visit>
bool walk(const std::string& path, Visit visit) {
  require(path.starts_with('/'), ExitCode::internal, "HDF5 path '{}' is not absolute", path);
  for (std::size_t end = 0; end != std::string::npos && path != "/";) {
    end = path.find('/', end + 1);
    if (!visit(path.substr(0, end))) return false;
  }
  return true;
}

}  // namespace

H5File H5File::create(const std::filesystem::path& path) {
  initialise();
  H5File file(path.string(), H5Trust::own);
  const auto access = access_list(file.name_);
  file.id_ = check(create_file(file.name_, access), ExitCode::io, "cannot create '{}'", file.name_);
  return file;
}

H5File H5File::open(const std::filesystem::path& path, H5Trust trust) {
  initialise();
  H5File file(path.string(), trust);
  require(std::filesystem::exists(path), ExitCode::no_input, "file '{}' does not exist",
          file.name_);
  require(std::filesystem::is_regular_file(path), ExitCode::no_input, "'{}' is not a regular file",
          file.name_);
  const auto access = access_list(file.name_);
  file.id_ = check(H5Fopen(file.name_.c_str(), H5F_ACC_RDONLY, access), ExitCode::data,
                   "'{}' cannot be opened as an HDF5 file", file.name_);
  return file;
}

H5File::H5File(H5File&& other) noexcept
    : name_(std::move(other.name_)),
      trust_(other.trust_),
      id_(std::exchange(other.id_, -1)),
      image_(std::move(other.image_)) {}

H5File& H5File::operator=(H5File&& other) noexcept {
  if (id_ >= 0) H5Fclose(std::exchange(id_, -1));
  name_ = std::move(other.name_);
  trust_ = other.trust_;
  id_ = std::exchange(other.id_, -1);
  image_ = std::move(other.image_);
  return *this;
}

H5File::~H5File() {
  if (id_ >= 0) H5Fclose(id_);
}

std::string H5File::at(const std::string& path) const {
  return fmt::format("'{}' in '{}'", path, name_);
}

void H5File::flush() {
  check(H5Fflush(id_, H5F_SCOPE_GLOBAL), ExitCode::io, "cannot write '{}'", name_);
}

void H5File::close() {
  check(H5Fclose(std::exchange(id_, -1)), ExitCode::io, "cannot finish writing '{}'", name_);
}

bool H5File::exists(const std::string& path) const {
  return walk(path, [&](const std::string& prefix) {
    const auto found = check(H5Lexists(id_, prefix.c_str(), H5P_DEFAULT), ExitCode::data,
                             "cannot look for {}", at(prefix));
    if (found == 0) return false;
    H5L_info_t info{};
    check(H5Lget_info(id_, prefix.c_str(), &info, H5P_DEFAULT), ExitCode::data,
          "cannot look at the link {}", at(prefix));
    require(trust_ == H5Trust::own || info.type == H5L_TYPE_HARD, ExitCode::data,
            "{} is a soft or external link (link type {}, only {} is allowed): copy what it "
            "points to into the file",
            at(prefix), static_cast<int>(info.type), static_cast<int>(H5L_TYPE_HARD));
    return true;
  });
}

bool H5File::is_group(const std::string& path) const {
  require(exists(path), ExitCode::data, "{} is missing", at(path));
  const Handle object(
      check(H5Oopen(id_, path.c_str(), H5P_DEFAULT), ExitCode::data, "cannot open {}", at(path)),
      H5Oclose);
  return H5Iget_type(object) == H5I_GROUP;
}

std::vector<std::string> H5File::list(const std::string& group) const {
  require(is_group(group), ExitCode::data, "{} is not a group", at(group));
  const Handle handle(
      check(H5Gopen2(id_, group.c_str(), H5P_DEFAULT), ExitCode::data, "cannot open {}", at(group)),
      H5Gclose);
  std::vector<std::string> names;
  const auto add = [](hid_t, const char* name, const H5L_info_t*, void* out) -> herr_t {
    static_cast<std::vector<std::string>*>(out)->emplace_back(name);
    return 0;
  };
  check(H5Literate(handle, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, add, &names), ExitCode::data,
        "cannot list {}", at(group));
  std::sort(names.begin(), names.end());
  return names;
}

void H5File::create_group(const std::string& path) {
  if (exists(path)) return require(is_group(path), ExitCode::io, "{} is not a group", at(path));
  const auto links = link_list();
  auto creation = property_list(H5P_GROUP_CREATE);
  check(H5Pset_obj_track_times(creation, false), ExitCode::internal, "cannot prepare {}", at(path));
  Handle group(check(H5Gcreate2(id_, path.c_str(), links, creation, H5P_DEFAULT), ExitCode::io,
                     "cannot create the group {}", at(path)),
               H5Gclose);
  check(group.close(), ExitCode::io, "cannot write the group {}", at(path));
}

}  // namespace echelon
