#pragma once

#include "echelon/storage/run_description.hpp"
#include "job.hpp"
#include "sampler.hpp"

namespace echelon {

/// The keys of a run as storage compares them.
RunKeys run_keys(const Config& config, RunKind kind);

/// Root's knowledge, made everyone's; collective.
bool agreed(const Communicator& world, bool on_root);

/// Gives every rank the root's configuration.
void share(const Communicator& world, Config& config);

/// Takes over the `auto` values of the run found in the directory and says whether it is complete;
/// nothing is written. Error(usage) when the run was begun with other settings.
bool is_complete(RunRequest& request);

/// What tempering is asked to do.
Options tempering_options(const RunRequest& request);

/// What the run directory is told of the run.
RunDescription describe(const RunRequest& request, const SamplerInput& input,
                        const Sampler& sampler);

/// The largest resident size any rank reached and their sum, as text; collective.
std::string memory_used(const Communicator& world);

}  // namespace echelon
