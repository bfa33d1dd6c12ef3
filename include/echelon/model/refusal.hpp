#pragma once

#include <functional>
#include <span>
#include <vector>

namespace echelon {

/// Whether a proposal may be refused as soon as part of its loss is too much, or only when all of
/// it is known. Decisions are the same.
enum class Refusal { early, at_the_end };

/// Says of lower bounds of losses whether they are too high already.
using Hopeless = std::function<bool(std::span<const double> at_least)>;

/// The same for each of several losses on its own: marks those that need not be known. What is
/// marked stays so.
using GiveUp = std::function<void(std::span<const double> at_least, std::vector<bool>& given_up)>;

}  // namespace echelon
