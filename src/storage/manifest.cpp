#include "echelon/storage/manifest.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <span>

#include "echelon/core/error.hpp"

namespace echelon {

using Json = nlohmann::json;

}  // namespace echelon

template <>
struct nlohmann::adl_serializer<std::variant<std::string, std::int64_t, double>> {
  using Value = std::variant<std::string, std::int64_t, double>;
  static void to_json(json& to, const Value& value) {
    std::visit([&to](const auto& content) { to = content; }, value);
  }
  static void from_json(const json& from, Value& value) {
    if (from.is_string())
      value = from.get<std::string>();
    else if (from.is_number_integer())
      value = from.get<std::int64_t>();
    else
      value = from.get<double>();
  }
};

namespace echelon {

NLOHMANN_JSON_SERIALIZE_ENUM(ElementType, {{ElementType::real64, "float64"},
                                           {ElementType::real32, "float32"},
                                           {ElementType::int64, "int64"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(FileStamp, name, bytes, hash)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Segment, file, commit, first_sweep, last_sweep, level, rows)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Checkpoint, file, commit, sweep)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Builder, from_commit, build, instruction_set)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(RunKeys, frozen, extendable)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Dimension, name, size, first)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Column, name, recorded_as, type, dims, row_axis, units,
                                   long_name)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Table, name, group, row_axis, columns, coordinates)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Schema, tables)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Manifest, run_id, created_at, commit, data_hash, config, keys,
                                   attributes, schema, builders, segments, checkpoints)

namespace {

constexpr std::string_view opening = "{\"xxh3_128\": \"";
constexpr std::size_t hash_length = 32;

std::string guard_of(std::string_view text) {
  return hash_of(std::as_bytes(std::span(text.data(), text.size())));
}

/// A manifest comes from our own program, but a hash is no signature: names must stay inside.
void check_file(const FileStamp& file) {
  require(!file.name.empty() && file.name.front() != '/' &&
              file.name.find("..") == std::string::npos && file.hash.size() == hash_length,
          ExitCode::data, "manifest names an impossible file '{}'", file.name);
}

/// Numbers that arithmetic on them cannot overflow.
void check_number(std::int64_t number, const char* what) {
  require(number >= 0 && number <= std::int64_t{1} << 40, ExitCode::data,
          "manifest has an impossible {} {}", what, number);
}

void check_numbers(const Manifest& manifest) {
  check_number(manifest.commit, "commit");
  for (const auto& checkpoint : manifest.checkpoints) {
    check_number(checkpoint.commit, "commit");
    check_number(checkpoint.sweep, "sweep");
  }
  for (const auto& segment : manifest.segments) {
    check_number(segment.commit, "commit");
    check_number(segment.last_sweep, "sweep");
    for (const auto& [table, rows] : segment.rows) check_number(rows, "number of rows");
  }
  for (const auto& table : manifest.schema.tables) check_number(manifest.rows(table.name), "total");
}

void check(const Manifest& manifest) {
  require(manifest.segments.size() <= 100000, ExitCode::data, "manifest has {} segments",
          manifest.segments.size());
  check_numbers(manifest);
  require(manifest.checkpoints.size() <= 2, ExitCode::data, "manifest has {} checkpoints",
          manifest.checkpoints.size());
  for (const auto& checkpoint : manifest.checkpoints) check_file(checkpoint.file);
  std::int64_t sweep = -1;
  for (const auto& segment : manifest.segments) {
    check_file(segment.file);
    require(segment.first_sweep >= sweep && segment.last_sweep >= segment.first_sweep,
            ExitCode::data, "manifest lists sweeps {} to {} after sweep {}", segment.first_sweep,
            segment.last_sweep, sweep);
    sweep = segment.last_sweep;
    for (const auto& [table, rows] : segment.rows)
      require(rows > 0 && manifest.schema.find(table) != nullptr, ExitCode::data,
              "manifest lists {} rows of table '{}'", rows, table);
  }
  manifest.schema.check();
  require(!manifest.builders.empty(), ExitCode::data, "manifest names no program");
}

}  // namespace

std::int64_t Manifest::rows(const std::string& table) const {
  return std::accumulate(segments.begin(), segments.end(), std::int64_t{0},
                         [&table](std::int64_t sum, const Segment& segment) {
                           const auto found = segment.rows.find(table);
                           return found == segment.rows.end() ? sum : sum + found->second;
                         });
}

std::int64_t Manifest::shown_rows(const Table& table) const {
  const std::int64_t total = rows(table.name);
  return table.latest_only() ? std::min<std::int64_t>(total, 1) : total;
}

std::string to_text(const Manifest& manifest) {
  const Json body = {{"format_version", manifest_version}, {"manifest", manifest}};
  const std::string rest =
      "\",\n\"content\": " + body.dump(1, ' ', false, Json::error_handler_t::replace) + "}\n";
  return std::string(opening) + guard_of(rest) + rest;
}

Manifest manifest_from_text(std::string_view text) {
  const std::size_t start = opening.size() + hash_length;
  require(text.size() > start && text.starts_with(opening), ExitCode::data,
          "manifest does not begin as one");
  require(guard_of(text.substr(start)) == text.substr(opening.size(), hash_length), ExitCode::data,
          "manifest is damaged (its hash does not match its content)");
  try {
    const Json body = Json::parse(text).at("content");
    const int version = body.at("format_version").get<int>();
    require(version >= 1 && version <= manifest_version, ExitCode::data,
            "manifest has format version {} (this program reads 1 to {}) use a newer program",
            version, manifest_version);
    auto manifest = body.at("manifest").get<Manifest>();
    check(manifest);
    return manifest;
  } catch (const Error& problem) {
    fail(ExitCode::data, problem.what());
  } catch (const Json::exception& problem) {
    fail(ExitCode::data, fmt::format("manifest is not understood ({})", problem.what()));
  }
}

bool looks_like_manifest(std::string_view text) { return text.starts_with(opening); }

}  // namespace echelon
