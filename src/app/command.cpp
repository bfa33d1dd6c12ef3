#include "echelon/app/command.hpp"

#include <array>

#include "commands/commands.hpp"

namespace echelon {

std::span<const Command> all_commands() {
  static constexpr std::array table{
      Command{"run", "CONFIG --out DIR [--set section.key=value ...] [--max-hours H] [--dry-run]",
              "Start, resume or finish a run (under mpirun or srun on several ranks)", run_command},
      Command{"config", "[CONFIG] [--set section.key=value ...]",
              "Print every key with its meaning, default and value", config_command},
      Command{"version", "", "Print version, build, libraries and instruction set",
              version_command},
  };
  return table;
}

}  // namespace echelon
