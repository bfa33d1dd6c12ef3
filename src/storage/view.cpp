#include "echelon/storage/view.hpp"

#include <algorithm>
#include <numeric>
#include <span>

#include "echelon/core/error.hpp"
#include "echelon/storage/rows.hpp"

namespace echelon {
namespace {

std::string in_group(const Table& table, const std::string& name) {
  return (table.group == "/" ? "" : table.group) + "/" + name;
}

void write_scale(H5File& file, const std::string& path, const std::string& axis, std::int64_t first,
                 std::int64_t size) {
  if (!file.exists(path)) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(size));
    std::iota(values.begin(), values.end(), first);
    file.write_array<std::int64_t>(path, {values.size()}, values);
    file.set_attribute(path, "units", std::string("1"));
    file.set_attribute(path, "long_name", "index along " + axis);
  }
  file.make_scale(path, axis);
}

std::string joined(const std::vector<std::string>& words) {
  std::string result;
  for (const auto& word : words) result += (result.empty() ? "" : " ") + word;
  return result;
}

void describe_column(H5File& file, const Table& table, const Column& column) {
  const std::string path = path_of(table, column);
  file.set_attribute(path, "units", column.units.empty() ? std::string("1") : column.units);
  file.set_attribute(path, "long_name", column.long_name);
  const bool coordinate = column.name == table.row_axis;
  if (coordinate) return;
  if (!table.coordinates.empty() && std::find(table.coordinates.begin(), table.coordinates.end(),
                                              column.name) == table.coordinates.end())
    file.set_attribute(path, "coordinates", joined(table.coordinates));
  std::vector<std::string> axes = column.axes(table.row_axis);
  if (table.latest_only()) std::erase(axes, std::string());
  for (std::size_t i = 0; i < axes.size(); ++i)
    file.attach_scale(path, static_cast<unsigned>(i), in_group(table, axes[i]));
}

template <class T>
void write_column(H5File& file, const Manifest& manifest, const Table& table,
                  const Column& column) {
  const std::string path = path_of(table, column);
  const std::int64_t total = table.latest_only() ? 1 : manifest.rows(table.name);
  std::vector<H5Source> sources;
  std::int64_t first = 0;
  for (const auto& segment : manifest.segments) {
    const auto found = segment.rows.find(table.name);
    if (found == segment.rows.end()) continue;
    const std::int64_t rows = found->second;
    if (table.latest_only()) sources.clear();
    sources.push_back({segment.file.name, path, file_shape(table, column, rows),
                       row_box(table, column, 0, rows), row_box(table, column, first, rows).start});
    first += rows;
  }
  const H5Dims shape = file_shape(table, column, total);
  if (total == 0)
    file.write_array<T>(path, shape, {});
  else
    file.create_view<T>(path, shape, sources);
}

}  // namespace

void describe_group(H5File& file, const Table& table, std::int64_t rows) {
  if (!table.latest_only())
    write_scale(file, in_group(table, table.row_axis), table.row_axis, 0, rows);
  for (const auto& column : table.columns)
    for (const auto& dim : column.dims)
      if (!file.exists(in_group(table, dim.name)))
        write_scale(file, in_group(table, dim.name), dim.name, dim.first, dim.size);
  for (const auto& column : table.columns) describe_column(file, table, column);
}

void write_origin(H5File& file, const std::string& group, const Manifest& manifest) {
  file.set_attribute(group, "created_at", manifest.created_at);
  for (const auto& [name, value] : manifest.attributes)
    if (name.starts_with("inference_library"))
      file.set_attribute(group, name, std::get<std::string>(value));
}

void write_root(H5File& file, const Manifest& manifest) {
  for (const auto& [name, value] : manifest.attributes)
    std::visit([&, &key = name](const auto& content) { file.set_attribute("/", key, content); },
               value);
  file.set_attribute("/", "format_version", std::int64_t{manifest_version});
  file.set_attribute("/", "created_at", manifest.created_at);
  file.set_attribute("/", "data_sha256", manifest.data_hash);
  file.set_attribute("/", "config", manifest.config);
  file.set_attribute("/", "build", manifest.builders.back().build);
  file.set_attribute("/", "instruction_set", manifest.builders.back().instruction_set);
  file.set_attribute("/", "sweeps_done", manifest.sweeps_done());
}

std::vector<std::byte> build_view(const Manifest& manifest) {
  H5File file = H5File::create_in_memory("run.h5");
  write_root(file, manifest);
  file.set_attribute("/", "commit", manifest.commit);
  for (const auto& table : manifest.schema.tables) {
    file.create_group(table.group);
    write_origin(file, table.group, manifest);
    for (const auto& column : table.columns)
      with_element(column.type,
                   [&](auto zero) { write_column<decltype(zero)>(file, manifest, table, column); });
    describe_group(file, table, manifest.rows(table.name));
  }
  return file.image();
}

}  // namespace echelon
