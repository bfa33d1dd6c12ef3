#pragma once

#include "../arguments.hpp"
#include "job.hpp"

namespace echelon {

enum class Out { required, optional };

/// What --out, --restart and --max-hours say. Error(usage) for what they cannot be.
RunRequest request_of(const Arguments& arguments, const Command& command, Words words, Out out);

}  // namespace echelon
