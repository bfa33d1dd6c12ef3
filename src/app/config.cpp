#include "echelon/app/config.hpp"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/parsers.hpp>
#include <charconv>
#include <set>
#include <sstream>

#include "echelon/core/error.hpp"
#include "ladder_table.hpp"
#include "read_text.hpp"

namespace echelon {
namespace {

template <class Number>
std::vector<Number> parse_list(const std::string& text) {
  std::vector<Number> out;
  const char* next = text.data();
  const char* const end = next + text.size();
  while (next < end) {
    Number x{};
    next = std::from_chars(next, end, x).ptr + 1;  // canonical text: one comma between numbers
    out.push_back(x);
  }
  return out;
}

}  // namespace

Config::Config() {
  for (const auto& key : all_keys()) {
    const auto name = key.full_name();
    values_[name] = canonical(key, key.standard, "default");
  }
}

Config Config::parse(const std::string& ini, const std::string& origin) {
  namespace options = boost::program_options;
  Config config;
  std::istringstream text(ini);
  std::set<std::string> seen;
  const options::options_description unrestricted;  // the table decides, not Boost
  const bool accept_all = true;
  try {
    const auto parsed = options::parse_config_file(text, unrestricted, accept_all);
    for (const auto& option : parsed.options) {
      require(seen.insert(option.string_key).second, ExitCode::usage,
              "{}: {} is given twice (keep one of them)", origin, option.string_key);
      config.set(option.string_key, option.value.at(0), origin);
    }
  } catch (const options::error& wrong) {
    fail(ExitCode::usage, fmt::format("{}: {} (expected [section], key = value or # comment)",
                                      origin, wrong.what()));
  }
  return config;
}

Config Config::load(const std::string& path, std::span<const std::string> overrides) {
  auto config = parse(read_text(path, "a configuration in INI form"), path);
  config.apply(overrides);
  resolve_ladder_table(config);
  return config;
}

void Config::apply(std::span<const std::string> overrides) {
  for (const auto& assignment : overrides) {
    const auto equals = assignment.find('=');
    require(equals != std::string::npos, ExitCode::usage,
            "--set {}: no '=' (expected --set section.key=value)", assignment);
    const auto key = std::string_view(assignment).substr(0, equals);
    set(key.substr(0, key.find_last_not_of(' ') + 1),
        std::string_view(assignment).substr(equals + 1), "--set");
  }
}

void Config::set(std::string_view name, std::string_view value, std::string_view origin) {
  const auto& key = find_key(name, origin);
  values_[key.full_name()] = canonical(key, value, origin);
}

const std::string& Config::text(std::string_view key) const {
  const auto found = values_.find(key);
  require(found != values_.end(), ExitCode::internal, "no configuration key {}", key);
  return found->second;
}

bool Config::is_standard(std::string_view name) const {
  const auto& key = find_key(name, "default");
  return text(name) == canonical(key, key.standard, "default");
}

std::int64_t Config::integer(std::string_view key) const {
  const auto values = parse_list<std::int64_t>(text(key));
  require(values.size() == 1, ExitCode::internal, "{} is not one number", key);
  return values[0];
}

double Config::real(std::string_view key) const {
  const auto values = parse_list<double>(text(key));
  require(values.size() == 1, ExitCode::internal, "{} is not one number", key);
  return values[0];
}

std::vector<int> Config::integers(std::string_view key) const { return parse_list<int>(text(key)); }

std::vector<double> Config::reals(std::string_view key) const {
  return parse_list<double>(text(key));
}

std::vector<std::string> Config::words(std::string_view key) const {
  std::vector<std::string> result;
  std::istringstream list(text(key));
  for (std::string entry; std::getline(list, entry, ',');) result.push_back(entry);
  return result;
}

std::vector<double> Config::per_layer(std::string_view key) const {
  auto values = reals(key);
  if (values.size() == 1) values.resize(static_cast<std::size_t>(depth()), values[0]);
  return values;
}

int Config::depth() const { return static_cast<int>(integers("network.widths").size()) - 1; }

}  // namespace echelon
