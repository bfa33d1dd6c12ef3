#pragma once

#include "plan.hpp"
#include "sampler.hpp"

namespace echelon {

/// A short run of the ladder on few samples, whose law at a given temperature is much like that of
/// all of them; nothing is written. Collective; only root learns the answer.
PilotRun run_pilot(const SamplerInput& input, Options options, const Ladder& ladder);

}  // namespace echelon
