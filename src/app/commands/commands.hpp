#pragma once

#include "echelon/app/command.hpp"

namespace echelon {

int config_command(const Command&, Words);
int run_command(const Command&, Words);
int status_command(const Command&, Words);
int summarize_command(const Command&, Words);
int export_command(const Command&, Words);
int verify_command(const Command&, Words);
int predict_command(const Command&, Words);
int bounds_command(const Command&, Words);
int certify_command(const Command&, Words);
int version_command(const Command&, Words);

}  // namespace echelon
