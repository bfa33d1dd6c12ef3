#pragma once

#include "echelon/storage/generations.hpp"
#include "echelon/storage/run_lock.hpp"

namespace echelon {

/// Puts run.h5, the view of a manifest, in its place.
void write_view(const fs::path& directory, const Manifest& manifest);

/// For a run that is complete: rewrites run.h5 if it is not the view of the last commit, as after a
/// crash between the two, and removes what that crash left half written. Only warns when it cannot
/// (a read-only archive, a run that is just ending): nothing committed is missing.
void renew_view(const fs::path& directory, const Warn& warn);

}  // namespace echelon
