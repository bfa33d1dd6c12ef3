#pragma once

#include "echelon/storage/file_system.hpp"

namespace echelon {

/// Throws away the run in a locked directory: everything that only runs name, its manifest last;
/// nothing else is touched. Error(locked) when there are such files but nothing proves that
/// this program wrote them.
void discard_run(const fs::path& directory);

}  // namespace echelon
