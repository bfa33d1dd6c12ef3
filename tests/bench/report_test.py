#!/usr/bin/python3
"""The report's own arithmetic, table and pictures, on numbers made up here."""
import json
import pathlib
import subprocess
import sys
import tempfile

import h5py

from pictures import fit_slope
from runs import Run

HERE = pathlib.Path(__file__).resolve().parent
FIGURES = {
    "roofline": {"peak": 117.0, "bandwidth": 20.0, "Echelon": 0.04, "Eigen": 0.14, "last-layer move": 0.0015,
                 "proposal of one unit": 0.002},
    "baselines": {"numpy": 0.14, "Octave": 4.0},
    "growth": {"samples": [[6000, 0.006], [60000, 0.06]], "replicas": [[1, 0.01], [10, 0.1]],
               "inner_steps": [[100, 0.03], [1000, 0.3]]},
    "ranks": {"4 replicas": 1.9},
    "descent": {"full": [[0, 0.9], [1000, 0.06]], "unit": [[0, 0.9], [50, 0.05]]}}
ROWS = {"kernels": [{"what": "a move", "target": "28 ns", "measured": "24 ns", "met": True, "beside": "400 bytes"},
                    {"what": "a sweep", "target": "2x", "measured": "1.5x", "met": False, "beside": ""}]}


def test_table_and_pictures(folder):
    (folder / "report.json").write_text(json.dumps({"rows": ROWS, "figures": FIGURES}))
    out = subprocess.run([sys.executable, HERE / "report.py", "--to", folder, "--rows", ""], check=True,
                         capture_output=True, text=True).stdout
    for line in ("| a move | 28 ns | 24 ns | met | 400 bytes | kernels |", "| a sweep | 2x | 1.5x | missed |  | kernels |"):
        assert line in out and line in (folder / "table.md").read_text(), out
    for name in ("roofline", "growth", "descent"):
        assert (folder / f"{name}.png").read_bytes().startswith(b"\x89PNG"), name


def test_times_of_a_run(folder):
    """Two ranks, commits at sweeps 2 and 4, then resumed: commits at 5 and 8 of the second clock."""
    with h5py.File(folder / "run.h5", "w") as run:
        run["timing/rank"] = [0, 1] * 4
        run["timing/sweep"] = [2, 2, 4, 4, 5, 5, 8, 8]
        run["timing/wall"] = [10.0, 11, 30, 31, 3, 4, 9, 10]
        for name in ("communication", "swap_terms", "committing"):
            run[f"timing/{name}"] = [0.25] * 8
        run["trace/train_loss"] = [[[0.9] * 9, [0.5, 0.4, 0.3, 0.2, 0.1, 0, 0, 0, 0]]]
    run = Run(folder)
    assert run.seconds_at(1) == 5 and run.seconds_at(3) == 20, run.walls
    assert run.seconds_to(0.25) == 20 and run.seconds_to(-1) is None
    assert run.seconds_per_sweep() == 2 and run.swaps == 0.5


def main():
    assert abs(fit_slope([0, 1, 2], [1, 3, 5]) - 2) < 1e-12
    for test in (test_table_and_pictures, test_times_of_a_run):
        with tempfile.TemporaryDirectory() as folder:
            test(pathlib.Path(folder))


if __name__ == "__main__":
    main()
