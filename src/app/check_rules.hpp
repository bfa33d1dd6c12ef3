#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "echelon/app/config.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

template <class... Args>
void consistent(bool holds, fmt::format_string<Args...> format, Args&&... args) {
  require(holds, ExitCode::usage, format, std::forward<Args>(args)...);
}

/// A rule as one reads it: while `key` has `value`, `other` must be left alone.
inline void only_with(const Config& config, std::string_view other, std::string_view key,
                      std::string_view value) {
  consistent(config.is_standard(other) || config.text(key) == value,
             "{} = {} has no meaning with {} = {} (leave it out, or set {} = {})", other,
             config.text(other), key, config.text(key), key, value);
}

/// The rules of [kernel].
void check_kernel(const Config& config);

}  // namespace echelon
