#pragma once

namespace echelon {

/// From here on SIGUSR1 and SIGTERM only raise a flag, so that the run can commit and leave at its
/// next sweep boundary. Call before MPI starts: some launchers deliver early.
void install_signal_handlers();

/// Whether one of them has arrived on this rank.
bool stop_requested();

}  // namespace echelon
