#pragma once

#include <csignal>

namespace echelon {

/// From here on SIGUSR1, SIGTERM and a first SIGINT only raise a flag, so that the run can commit
/// and leave at its next sweep boundary. Call before MPI starts: some launchers deliver early.
void install_signal_handlers();

/// The flag: not 0 once one of them has arrived on this rank.
const volatile std::sig_atomic_t* stop_flag();

}  // namespace echelon
