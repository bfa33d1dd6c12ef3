#include "echelon/app/command.hpp"

#include <array>

#include "commands/commands.hpp"

namespace echelon {

std::span<const Command> all_commands() {
  static constexpr std::array table{
      Command{"run",
              "CONFIG --out DIR [--set section.key=value ...] [--max-hours H] [--until ess=N] "
              "[--dry-run]",
              "Start, resume or finish a run (under mpirun or srun on several ranks)", run_command},
      Command{"status", "DIR... [--json]",
              "Show progress, ladder, acceptance and convergence of a run", status_command},
      Command{"summarize", "DIR... [--json]",
              "Summarise every scalar: mean, MCSE, ESS, R-hat; several runs are chains",
              summarize_command},
      Command{"bounds", "DIR [--json]",
              "Print the generalisation certificate of a run and its terms", bounds_command},
      Command{"certify",
              "CONFIG --out DIR [--chains C] [--set section.key=value ...] [--max-hours H]",
              "Certify networks by annealed chains, without assuming equilibrium", certify_command},
      Command{"export", "DIR... --to FILE", "Write one self-contained file for xarray and ArviZ",
              export_command},
      Command{"predict", "DIR --data FILE [--to FILE] [--json]",
              "Predict samples, averaged over the draws of a run", predict_command},
      Command{"verify", "DIR [--json]", "Check a run directory, byte by byte", verify_command},
      Command{"config", "[CONFIG] [--set section.key=value ...]",
              "Print every key with its meaning, default and value", config_command},
      Command{"version", "", "Print version, build, libraries and instruction set",
              version_command},
  };
  return table;
}

}  // namespace echelon
