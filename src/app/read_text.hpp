#pragma once

#include <string>

namespace echelon {

/// The text of a small file that a person wrote. Error(no_input) when there is none, Error(usage)
/// when it is too large to be `what`.
std::string read_text(const std::string& path, const std::string& what);

}  // namespace echelon
