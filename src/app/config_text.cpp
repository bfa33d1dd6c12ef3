#include <algorithm>
#include <iterator>

#include "echelon/app/config.hpp"
#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::size_t text_width = 100;

/// `text` in lines of at most text_width, each beginning "# ".
std::string as_comment(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto length = std::min(text.size(), text_width - 2);
    if (length < text.size()) {
      const auto space = text.rfind(' ', length);
      if (space != text.npos) length = space;
    }
    out += fmt::format("# {}\n", text.substr(0, length));
    text.remove_prefix(std::min(text.size(), length + 1));
  }
  return out;
}

std::string_view change_note(KeyClass change) {
  switch (change) {
    case KeyClass::frozen:
      return "Fixed for the life of a run.";
    case KeyClass::extendable:
      return "May change when a run is resumed.";
    case KeyClass::free:
      break;
  }
  return "Free.";
}

}  // namespace

std::string Config::to_ini() const {
  std::string out;
  std::string_view section;
  for (const auto& key : all_keys()) {
    if (key.section != section)
      out += fmt::format("{}[{}]\n", section.empty() ? "" : "\n", key.section);
    section = key.section;
    out += as_comment(fmt::format("{}. {}: {}. Default: {}. {}", key.meaning,
                                  key.type == KeyType::word ? "One of" : "Allowed", key.allows(),
                                  key.standard.empty() ? "not set" : key.standard,
                                  change_note(key.change)));
    const auto& value = text(key.full_name());
    out +=
        value.empty() ? fmt::format("{} =\n", key.name) : fmt::format("{} = {}\n", key.name, value);
  }
  return out;
}

bool concerns(const Key& key, RunKind kind) {
  if (kind == RunKind::sampling) return key.section != "certify";
  if (key.section == "run") return key.name == "precision";
  return key.section != "ladder" && key.section != "bounds";
}

std::string frozen_differences(const Config& of_run, const Config& now, RunKind kind) {
  std::string out;
  for (const auto& key : all_keys()) {
    const auto name = key.full_name();
    if (key.change != KeyClass::frozen || !concerns(key, kind) ||
        of_run.text(name) == now.text(name))
      continue;
    out += fmt::format("  {}: the run has '{}', this command says '{}'\n", name, of_run.text(name),
                       now.text(name));
  }
  return out;
}

void settle(Config& config, const Config* of_run) {
  if (of_run) {
    for (const auto& key : all_keys()) {
      const auto name = key.full_name();
      if (key.change == KeyClass::frozen && config.is_auto(name))
        config.set(name, of_run->text(name), "the run");
    }
  }
  if (config.is_auto("run.thin-weights")) {
    constexpr std::int64_t aim = 1000;
    const auto thin = config.integer("run.thin");
    const auto steps = std::max<std::int64_t>(1, config.integer("run.sweeps") / (aim * thin));
    config.set("run.thin-weights", std::to_string(steps * thin), "auto");
  }
}

}  // namespace echelon
