#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/app/keys.hpp"

namespace echelon {

/// A complete configuration: every key of the table has a value, in canonical form.
class Config {
 public:
  Config();  ///< all defaults

  /// Reads INI text; `origin` names it in messages. Error(usage) on unknown or repeated keys and
  /// on values the table does not allow. Contradictions between keys are check()'s matter.
  static Config parse(const std::string& ini, const std::string& origin);
  /// The same from a file (Error(no_input) when there is none), then --set section.key=value; the
  /// file that ladder.table names is read too.
  static Config load(const std::string& path, std::span<const std::string> overrides);

  void set(std::string_view key, std::string_view value, std::string_view origin);
  void apply(std::span<const std::string> overrides);

  const std::string& text(std::string_view key) const;
  bool is_set(std::string_view key) const { return !text(key).empty(); }
  bool is_auto(std::string_view key) const { return text(key) == "auto"; }
  bool is_standard(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double real(std::string_view key) const;
  bool flag(std::string_view key) const { return text(key) == "true"; }
  std::vector<int> integers(std::string_view key) const;
  std::vector<double> reals(std::string_view key) const;
  std::vector<std::string> words(std::string_view key) const;  ///< any list, as text
  /// A list with an entry per layer; a single entry stands for every layer.
  std::vector<double> per_layer(std::string_view key) const;
  int depth() const;  ///< number of layers, from network.widths

  /// Every key with meaning, allowed values and default as comments: INI that parses to *this.
  std::string to_ini() const;
  bool operator==(const Config&) const = default;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Refuses settings that contradict each other: Error(usage) naming both and a way out.
void check(const Config& config);

/// Gives every `auto` that later sweeps must not change its value: of the run being resumed where
/// there is one, else from the other keys.
void settle(Config& config, const Config* of_run);

/// What a directory is for: `echelon run` or `echelon certify`.
enum class RunKind { sampling, certifying };

/// Whether the key says anything to that command; keys of the other one may change freely.
bool concerns(const Key& key, RunKind kind);

/// One line per frozen key of that kind whose value differs from that of the run; empty when it may
/// go on.
std::string frozen_differences(const Config& of_run, const Config& now, RunKind kind);

/// Refuses what certifying chains cannot do: Error(usage) with a way out.
void check_certify(const Config& config);

}  // namespace echelon
