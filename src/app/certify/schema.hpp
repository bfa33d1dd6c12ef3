#pragma once

#include "echelon/app/run_schema.hpp"

namespace echelon {

/// The tables of a directory of certifying chains (tempering/certify_options.hpp): their final
/// draws as those of a run, /certificate, and the pilots' climb. shape.ladders is the number of
/// certifying chains, shape.rungs that of the ladder.
Schema certify_schema(const RunShape& shape, int pilots, const Archive& statistics);

}  // namespace echelon
