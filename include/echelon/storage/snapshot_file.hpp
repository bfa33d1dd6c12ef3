#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "echelon/core/snapshot.hpp"

namespace echelon {

/// A checkpoint as an HDF5 file image: attributes format_version and sweep of "/", one array per
/// archive entry below /common and /replicas/<id>. Released formats load for ever.
std::vector<std::byte> to_checkpoint(const Snapshot& snapshot);

/// Error(data) on anything that to_checkpoint() would not have written; `name` is for messages.
Snapshot from_checkpoint(std::vector<std::byte> bytes, const std::string& name);

}  // namespace echelon
