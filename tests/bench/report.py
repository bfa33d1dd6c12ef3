#!/usr/bin/python3
"""Measures the table of performance targets, each row beside its baseline, and draws it.

    report.py --build build/bench --to DIR              # all rows: 25 minutes, nothing else running
    report.py --build build/bench --to DIR --rows kernels,growth
    report.py --to DIR --rows ""                        # only draw again

Writes DIR/report.json, DIR/table.md and PNGs; rows measured before stay until they are measured
again. --paper-run takes the paper's experiment from a finished run of mpi_jobs/mnist_paper.cfg
instead of spending 12 minutes on it. ECHELON_MNIST_DIR names the folder of MNIST. The rows:
"""
import argparse
import json
import os
import pathlib
import sys
import tempfile

import pictures
from kernels import baseline_rows, growth_rows, kernel_rows
from rows import table
from runs import overhead_rows, paper_rows, profile_rows, ranks_rows, unit_rows

ROWS = {"kernels": kernel_rows, "baselines": baseline_rows, "growth": growth_rows, "paper": paper_rows,
        "unit": unit_rows, "ranks": ranks_rows, "overhead": overhead_rows, "profile": profile_rows}
HELP = __doc__ + "\n".join(f"    {name:10} {measure.__doc__}" for name, measure in ROWS.items())


class Session:
    """What the measurements share: where things are, and numbers that pictures are made of."""

    here = pathlib.Path(__file__).resolve().parent
    jobs = here.parents[1] / "mpi_jobs"

    def __init__(self, options, figures):
        self.build = options.build
        self.paper = options.paper_run
        self.data = os.environ.get("ECHELON_MNIST_DIR")
        self.figures = figures
        self.scratch = tempfile.TemporaryDirectory(prefix="echelon-bench-")
        self.folders = 0

    def new_folder(self):
        self.folders += 1
        return pathlib.Path(self.scratch.name) / f"run{self.folders}"


def arguments():
    parser = argparse.ArgumentParser(description=HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, help="where preset bench was built")
    parser.add_argument("--to", type=pathlib.Path, required=True)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--paper-run", type=pathlib.Path)
    options = parser.parse_args()
    options.rows = [name for name in options.rows.split(",") if name]
    if unknown := set(options.rows) - set(ROWS):
        parser.error(f"no rows called {', '.join(unknown)} (there are {', '.join(ROWS)})")
    if options.rows and options.build is None:
        parser.error("--build is missing (measuring needs the programs of preset bench)")
    if options.rows and "ECHELON_MNIST_DIR" not in os.environ:
        parser.error("ECHELON_MNIST_DIR is not set (tools/get_mnist.sh fetches MNIST)")
    return options


def write(report, folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    (folder / "table.md").write_text(table(report["rows"]))
    pictures.draw(report["figures"], folder)


def main():
    options = arguments()
    file = options.to / "report.json"
    report = json.loads(file.read_text()) if file.exists() else {"rows": {}, "figures": {}}
    session = Session(options, report["figures"])
    for name in options.rows:
        print(f"measuring {name}: {ROWS[name].__doc__}", file=sys.stderr, flush=True)
        report["rows"][name] = [vars(row) for row in ROWS[name](session)]
        write(report, options.to)
    write(report, options.to)
    print(table(report["rows"]))


if __name__ == "__main__":
    main()
