#include "echelon/storage/snapshot_file.hpp"

#include <algorithm>
#include <numeric>
#include <span>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/storage/h5/h5.hpp"

namespace echelon {
namespace {

constexpr std::int64_t checkpoint_version = 1;

std::string replica_group(std::size_t id) { return fmt::format("/replicas/{:06}", id); }

void write_archive(H5File& file, const std::string& group, const Archive& archive) {
  file.create_group(group);
  for (const auto& [name, array] : archive.arrays())
    std::visit(
        [&, &path = name](const auto& values) {
          using T = typename std::decay_t<decltype(values)>::value_type;
          file.write_array<T>(group + "/" + path, {values.size()}, std::span<const T>(values));
        },
        array);
}

Archive::Array read_values(const H5File& file, const std::string& path) {
  require(file.dims(path).size() == 1, ExitCode::data, "{}: '{}' is not one-dimensional",
          file.name(), path);
  switch (file.type(path)) {
    case H5Type::float64:
      return file.read_array<double>(path);
    case H5Type::float32:
      return file.read_array<float>(path);
    case H5Type::int64:
      return file.read_array<std::int64_t>(path);
    default:
      fail(ExitCode::data,
           fmt::format("{}: '{}' has an element type no checkpoint has", file.name(), path));
  }
}

void read_archive(const H5File& file, const std::string& group, const std::string& prefix,
                  Archive& into) {
  for (const auto& name : file.list(group)) {
    const std::string path = group + "/" + name;
    if (file.is_group(path))
      read_archive(file, path, prefix + name + "/", into);
    else
      into.put(prefix + name, read_values(file, path));
  }
}

}  // namespace

std::vector<std::byte> to_checkpoint(const Snapshot& snapshot) {
  H5File file = H5File::create_in_memory("checkpoint");
  file.set_attribute("/", "format_version", checkpoint_version);
  file.set_attribute("/", "sweep", snapshot.sweep);
  write_archive(file, "/common", snapshot.common);
  file.create_group("/replicas");
  for (std::size_t id = 0; id < snapshot.replicas.size(); ++id)
    write_archive(file, replica_group(id), snapshot.replicas[id]);
  return file.image();
}

Snapshot from_checkpoint(std::vector<std::byte> bytes, const std::string& name) {
  const H5File file = H5File::open_bytes(std::move(bytes), name, H5Trust::foreign);
  const auto version = file.attribute<std::int64_t>("/", "format_version");
  require(version >= 1 && version <= checkpoint_version, ExitCode::data,
          "{} has format version {} (this program reads 1 to {}) use a newer program", name,
          version, checkpoint_version);
  Snapshot snapshot;
  snapshot.sweep = file.attribute<std::int64_t>("/", "sweep");
  read_archive(file, "/common", "", snapshot.common);
  const std::size_t replicas = file.list("/replicas").size();
  for (std::size_t id = 0; id < replicas; ++id) {
    require(file.is_group(replica_group(id)), ExitCode::data, "{} lacks replica {} of {}", name, id,
            replicas);
    read_archive(file, replica_group(id), "", snapshot.replicas.emplace_back());
  }
  return snapshot;
}

}  // namespace echelon
