#pragma once

#include <functional>
#include <span>

namespace echelon {

/// Whether a proposal may be refused as soon as part of its loss is too much, or only when all of
/// it is known. Decisions are the same.
enum class Refusal { early, at_the_end };

/// Says of lower bounds of losses whether they are too high already.
using Hopeless = std::function<bool(std::span<const double> at_least)>;

}  // namespace echelon
