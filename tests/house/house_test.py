#!/usr/bin/env python3
"""The rules on the wall that a machine can check: who may include what, and how long a file may be."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# A module may include itself and these.
USES = {
    "core": set(),
    "random": {"core"},
    "parallel": {"core"},
    "diagnostics": {"core"},
    "storage/h5": {"core"},
    "data": {"core", "random", "parallel", "storage/h5"},
    "model": {"core", "random", "parallel", "data"},
    "sampler": {"core", "random", "parallel", "model"},
    "tempering": {"core", "random", "parallel", "diagnostics"},
    "storage": {"core", "parallel", "storage/h5"},
}
USES["app"] = set(USES)

# A library that only one module may know.
HOME_OF = {r"mpi\.h": "parallel", r"hdf5(_hl)?\.h": "storage/h5", r"boost/.*": "app"}

LONGEST_FILE = 400


def module_of(path):
    below = path.parts[2:] if path.parts[0] == "include" else path.parts[1:]
    return "storage/h5" if below[:2] == ("storage", "h5") else below[0]


def problems_in(path):
    module = module_of(path)
    text = (ROOT / path).read_text()
    for included in re.findall(r'#\s*include\s+[<"]echelon/([^>"]+)/[^/>"]+[>"]', text):
        if included != module and included not in USES[module]:
            yield f"{path}: module {module} may not include {included}"
    for included in re.findall(r'#\s*include\s+[<"]([^>"]+)[>"]', text):
        for pattern, home in HOME_OF.items():
            if re.fullmatch(pattern, included) and module != home:
                yield f"{path}: {included} belongs to module {home}"
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}: {lines} lines (at most {LONGEST_FILE}): is it two things?"
    if path.parts[0] == "include" and not text.startswith("#pragma once"):
        yield f"{path}: a header starts with #pragma once"


def main():
    sources = [
        path.relative_to(ROOT)
        for folder in ("include/echelon", "src")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".hpp", ".cpp")
    ]
    problems = [problem for path in sources for problem in problems_in(path)]
    print("\n".join(problems) or f"{len(sources)} files keep the rules")
    return 1 if problems else 0


sys.exit(main())
