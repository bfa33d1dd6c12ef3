#include "signals.hpp"

#include <csignal>

namespace echelon {
namespace {

volatile std::sig_atomic_t raised = 0;

void raise_flag(int) { raised = 1; }

}  // namespace

void install_signal_handlers() {
  struct sigaction action {};
  action.sa_handler = raise_flag;
  action.sa_flags = SA_RESTART;  // a system call of the commit must not fail because of us
  sigemptyset(&action.sa_mask);
  sigaction(SIGUSR1, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // A second Ctrl-C ends the program at once; a shell's background job is to ignore all of them.
  struct sigaction before {};
  sigaction(SIGINT, nullptr, &before);
  action.sa_flags |= SA_RESETHAND;
  if (before.sa_handler != SIG_IGN) sigaction(SIGINT, &action, nullptr);
  // A file-size limit must fail the write, which then is tried again, not end the program.
  action.sa_handler = SIG_IGN;
  sigaction(SIGXFSZ, &action, nullptr);
}

const volatile std::sig_atomic_t* stop_flag() { return &raised; }

}  // namespace echelon
