#!/usr/bin/env bash
# Prints echelon(1), made from what the program says about itself: commands, options, keys.
# Usage: tools/make_man_page.sh ECHELON > echelon.1
set -euo pipefail
echelon=${1:?usage: make_man_page.sh ECHELON}

# Text as roff prints it: no escapes, no line that begins with a control character.
plain() { sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/"; }

verbatim() {
  printf '.nf\n'
  plain
  printf '.fi\n'
}

version=$("$echelon" version | sed -n '1s/^echelon \([^,]*\).*/\1/p')
cat <<END
.TH ECHELON 1 "" "echelon $version" "User Commands"
.SH NAME
echelon \\- parallel tempering for the multi\\-scale Gibbs posterior of neural\\-network weights
.SH SYNOPSIS
.nf
END
commands=$("$echelon" --help | sed -n 's/^    echelon \([a-z]*\).*/\1/p')
for command in $commands; do "$echelon" "$command" --help | sed -n 's/^    echelon/echelon/p' | plain; done
printf '.fi\n.SH COMMANDS\n'
for command in $commands; do
  printf '.SS %s\n' "$command"
  "$echelon" "$command" --help | grep -v '^    echelon' | verbatim
done
cat <<'END'
.SH EXIT STATUS
.nf
0   done
64  usage or configuration
65  data or checkpoint invalid
66  input missing
70  internal or numeric
73  run directory locked or not creatable
74  input or output failed
85  stopped by a signal or the wall time with everything committed: run the same command again
.fi
.SH ENVIRONMENT
ECHELON_MNIST_DIR: the folder of the MNIST files where data.dir is not set.
.SH CONFIGURATION
END
"$echelon" config | verbatim
