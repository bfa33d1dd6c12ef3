# shellcheck shell=bash
# Completion for bash; for zsh after `autoload bashcompinit && bashcompinit`. It asks the program
# itself what there is.    source tools/completion/echelon.bash

_echelon() {
  local program=$1 current=$2 previous=$3 command=${COMP_WORDS[1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words=$("$program" --help 2>/dev/null | sed -n 's/^    echelon \([a-z]*\).*/\1/p')
  elif [ "$previous" = --set ]; then
    words=$("$program" config 2>/dev/null |
      awk '/^\[/ { section = substr($0, 2, length($0) - 2) } /^[a-z]/ { print section "." $1 "=" }')
    compopt -o nospace
  elif [ "${current#-}" != "$current" ]; then
    words=$("$program" "$command" --help 2>/dev/null | grep -o -- '--[a-z-]*')
  fi
  # Nothing of the program's own: files, by the default below.
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _echelon echelon
