#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "echelon/app/keys.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

/// What is wrong with `text`, or nothing; the number in its canonical form goes to `out`.
template <class Number>
std::string read_number(const Key& key, std::string_view text, std::string& out) {
  Number x{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), x);
  if (failure == std::errc::result_out_of_range) return fmt::format("'{}' is too large", text);
  if (failure != std::errc{} || end != text.data() + text.size())
    return fmt::format("'{}' is not {}", text,
                       std::is_integral_v<Number> ? "a whole number" : "a number");
  const auto value = static_cast<double>(x);
  if (!std::isfinite(value)) return fmt::format("'{}' is not finite", text);
  if (!key.limits.contain(value)) return fmt::format("{} is out of range", text);
  out = fmt::format("{}", x);
  return {};
}

std::string read_word(const Key& key, std::string_view text, std::string& out) {
  if (std::ranges::find(key.allowed, text) == key.allowed.end())
    return fmt::format("'{}' is none of them", text);
  out = text;
  return {};
}

using ReadEntry = std::string(const Key& key, std::string_view text, std::string& out);

std::string read_list(const Key& key, std::string_view text, std::string& out, ReadEntry* read) {
  std::vector<std::string> entries;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto comma = std::min(text.find(',', begin), text.size());
    std::string entry;
    auto wrong = read(key, trimmed(text.substr(begin, comma - begin)), entry);
    if (!wrong.empty()) return wrong;
    entries.push_back(std::move(entry));
    begin = comma + 1;
  }
  out = fmt::format("{}", fmt::join(entries, ","));
  return {};
}

std::string read_flag(std::string_view text, std::string& out) {
  if (text != "true" && text != "false") return fmt::format("'{}' is neither", text);
  out = text;
  return {};
}

std::string read_value(const Key& key, std::string_view text, std::string& out) {
  if (std::ranges::find(key.allowed, text) != key.allowed.end()) {
    out = text;
    return {};
  }
  switch (key.type) {
    case KeyType::word:
      return read_word(key, text, out);
    case KeyType::words:
      return read_list(key, text, out, read_word);
    case KeyType::flag:
      return read_flag(text, out);
    case KeyType::integer:
      return read_number<std::int64_t>(key, text, out);
    case KeyType::real:
      return read_number<double>(key, text, out);
    case KeyType::integers:
      return read_list(key, text, out, read_number<int>);
    case KeyType::reals:
      return read_list(key, text, out, read_number<double>);
    case KeyType::text:
      break;
  }
  const auto control = [](unsigned char c) { return c < ' ' || c == 127; };
  if (text.find('#') != text.npos || std::ranges::any_of(text, control))
    return "'#' and control characters cannot be part of a value";
  out = text;
  return {};
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool Limits::contain(double x) const {
  return (open_low ? x > low : x >= low) && (open_high ? x < high : x <= high);
}

std::string Limits::text() const {
  std::string out;
  if (std::isfinite(low)) out += fmt::format("{} {}", open_low ? ">" : ">=", low);
  if (std::isfinite(high)) out += fmt::format(" and {} {}", open_high ? "<" : "<=", high);
  return out;
}

std::string Key::full_name() const { return fmt::format("{}.{}", section, name); }

std::string_view Key::count() const {
  if (entries == Entries::per_layer) return ", one per layer";
  if (entries == Entries::one_or_per_layer) return ", one for all layers or one per layer";
  return "";
}

std::string Key::allows() const {
  const auto numbers = [&](std::string_view kind) {
    auto out = std::string(kind);
    if (const auto range = limits.text(); !range.empty()) out += " " + range;
    for (const auto word : allowed) out += fmt::format(", or {}", word);
    return out.append(count());
  };
  switch (type) {
    case KeyType::word:
    case KeyType::words:
      return fmt::format("{}{}", fmt::join(allowed, " | "), count());
    case KeyType::flag:
      return "true | false";
    case KeyType::integer:
      return numbers("a whole number");
    case KeyType::real:
      return numbers("a number");
    case KeyType::integers:
      return numbers("whole numbers, comma-separated,");
    case KeyType::reals:
      return numbers("numbers, comma-separated,");
    case KeyType::text:
      break;
  }
  return "text";
}

const Key& find_key(std::string_view full_name, std::string_view origin) {
  const Key* nearest = nullptr;
  std::size_t least = full_name.size();
  for (const auto& key : all_keys()) {
    const auto distance = edit_distance(full_name, key.full_name());
    if (distance == 0) return key;
    if (distance < least) {
      least = distance;
      nearest = &key;
    }
  }
  const auto hint = nearest && least <= 4 ? fmt::format("did you mean {}?", nearest->full_name())
                                          : "`echelon config` lists all keys";
  fail(ExitCode::usage, fmt::format("{}: unknown key '{}' ({})", origin, full_name, hint));
}

std::string canonical(const Key& key, std::string_view text, std::string_view origin) {
  const auto value = trimmed(text);
  if (value.empty() && key.standard.empty()) return {};
  std::string out;
  const auto wrong = value.empty() ? "a value is missing" : read_value(key, value, out);
  require(wrong.empty(), ExitCode::usage, "{}: {} = {}: {} (allowed: {})", origin, key.full_name(),
          value, wrong, key.allows());
  return out;
}

}  // namespace echelon
