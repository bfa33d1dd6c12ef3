#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace echelon {

/// What a configuration value is made of.
enum class KeyType { word, words, text, integer, real, flag, integers, reals };

/// Whether a run may be resumed with another value (reliability.md, commit protocol 5).
enum class KeyClass {
  frozen,      ///< decides what is sampled: refused with a diff
  extendable,  ///< may change between stops, the draws made so far stay what they are
  free         ///< paths, verbosity, ranks: never looked at
};

/// How many entries a list has.
enum class Entries { any, per_layer, one_or_per_layer };

/// Closed interval unless an end is declared open.
struct Limits {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool open_low = false;
  bool open_high = false;
  bool contain(double x) const;
  std::string text() const;
};

/// One row of the only table of configuration keys: parsing, checking, the reference printed by
/// `echelon config` and the comparison at a resume are all derived from it.
struct Key {
  std::string_view section;
  std::string_view name;
  KeyType type;
  std::string_view standard;  ///< the default as one would type it; empty = not set
  KeyClass change;
  std::string_view meaning;
  std::vector<std::string_view> allowed = {};  ///< words; for numbers, words allowed in their place
  Limits limits = {};                          ///< of every number
  Entries entries = Entries::any;

  std::string full_name() const;   ///< "section.name"
  std::string allows() const;      ///< one line on what may be written
  std::string_view count() const;  ///< of that, how many entries; empty for any number
};

/// All keys, sections together, in the order they are printed.
std::span<const Key> all_keys();

/// The key of that full name; Error(usage) naming `origin` and the nearest known key otherwise.
const Key& find_key(std::string_view full_name, std::string_view origin);

/// `text` in canonical form, so that equal values have equal text ("1e-6" and ".000001").
/// Error(usage) naming origin, key, value and what is allowed.
std::string canonical(const Key& key, std::string_view text, std::string_view origin);

}  // namespace echelon
