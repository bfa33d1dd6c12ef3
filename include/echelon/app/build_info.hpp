#pragma once

#include <string>

namespace echelon {

/// The program's version, e.g. "0.1.0".
std::string version();
/// What a bitwise promise depends on: version, compiler, build type and the linker's build id.
std::string build_description();
/// The vector instructions this build uses, e.g. "avx512f avx2 fma".
std::string instruction_set();

}  // namespace echelon
