"""The commands that a page of documentation shows, and a place to run them in."""
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
SHORTER = "--set run.warmup=60 --set run.sweeps=80 --set run.thin=2"
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(page):
    """The page's `sh` and `python` blocks as shell scripts, in their order; other blocks show what is
    printed."""
    for language, text in FENCE.findall(pathlib.Path(page).read_text()):
        if language == "sh":
            yield "set -euo pipefail\n" + text
        elif language == "python":
            yield f"/usr/bin/python3 - <<'END OF PYTHON'\n{text}END OF PYTHON\n"


def pretend_clone(folder, echelon):
    """What a fresh clone has after the build, but for a program that makes runs short."""
    folder = pathlib.Path(folder)
    for name in ("mpi_jobs", "tools"):
        (folder / name).symlink_to(ROOT / name)
    program = folder / "build" / "release" / "echelon"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nif [ "$1" = run ]; then exec {echelon} "$@" {SHORTER}; fi\n'
                       f'exec {echelon} "$@"\n')
    program.chmod(0o755)
