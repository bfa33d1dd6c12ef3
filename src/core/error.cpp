#include "echelon/core/error.hpp"

namespace echelon {

void fail(ExitCode code, const std::string& message) { throw Error(code, message); }

}  // namespace echelon
