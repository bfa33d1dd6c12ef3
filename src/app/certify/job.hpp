#pragma once

#include "../run/job.hpp"

namespace echelon {

/// Starts or resumes certifying chains, or sees that they are done; collective over `world`.
/// Returns done, or stopped when it was told to stop and can be resumed. `journal` is used on the
/// root only.
ExitCode certify_job(const Communicator& world, RunRequest request, Journal& journal);

}  // namespace echelon
