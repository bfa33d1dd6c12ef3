#!/usr/bin/python3
"""Certificate, test loss and generalisation gap against the number of samples.

    tools/bounds_study.py ECHELON DIR [PLOT.png] [--sizes 300,1000,...] [--seeds 10]

Runs mpi_jobs/bounds_study.cfg at every size and seed (those that are done are left alone), with the
two temperatures of the file and with one (a_1 = 0), both scaled by 1/sqrt(n). Prints a table and,
with a plot's name, draws it. Ends with 1 when a mean over seeds lies above the expectation bound or
a seed above the PAC form.
"""
import argparse
import json
import pathlib
import subprocess
import sys

CONFIG = pathlib.Path(__file__).parents[1] / "mpi_jobs" / "bounds_study.cfg"
BASE = 3000  # samples for which the file's temperatures are meant
SCALES = {"two temperatures": (8e-3, 8e-3), "one temperature": (0.0, 12e-3)}


def measure(echelon, folder, name, temperatures, size, seed):
    """What one run says: the fields of `echelon bounds --json`."""
    out = folder / f"{name.split()[0]}-{size}-{seed}"
    a = ",".join(repr(t * (BASE / size) ** 0.5) for t in temperatures)
    settings = [f"data.samples={size}", f"data.seed={seed}", f"run.seed={seed}", f"temperature.a={a}"]
    subprocess.run([echelon, "run", CONFIG, "--out", out, *sum((["--set", s] for s in settings), [])],
                   check=True, stderr=subprocess.DEVNULL)
    found = subprocess.run([echelon, "bounds", out, "--json"], check=True, capture_output=True)
    return json.loads(found.stdout)


def mean(values):
    return sum(values) / len(values)


def tabulate(results, sizes):
    """Rows of (name, n, test loss, gap, certificate, PAC form, trivial loss), and whether all hold."""
    rows, holds = [], True
    for name, by_size in results.items():
        for size in sizes:
            runs = by_size[size]
            test = mean([r["test_loss"] for r in runs])
            bound = mean([r["certificate"] for r in runs])
            pac = [r["certificate_pac"] for r in runs]
            holds &= test <= bound and all(r["test_loss"] <= r["certificate_pac"] for r in runs)
            rows.append((name, size, test, mean([r["test_loss"] - r["train_loss"] for r in runs]),
                         bound, mean(pac), runs[0]["trivial_bound"]))
    return rows, holds


def draw(rows, path):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    figure, axes = pyplot.subplots(figsize=(7, 4.5), constrained_layout=True)
    for color, name in zip(("tab:blue", "tab:orange"), SCALES):
        mine = [row for row in rows if row[0] == name]
        n = [row[1] for row in mine]
        axes.loglog(n, [row[4] for row in mine], "o-", color=color, label=f"certificate, {name}")
        axes.loglog(n, [row[5] for row in mine], "o:", color=color, alpha=.6,
                    label="the same with probability .95")
        axes.loglog(n, [row[2] for row in mine], "s--", color=color, label="test loss")
        axes.loglog(n, [abs(row[3]) for row in mine], "^-", color=color, alpha=.4,
                    label="|test - training loss|")
    axes.axhline(rows[0][6], color="k", lw=1, label="answering every class alike")
    axes.set_xlabel("training samples n")
    axes.set_ylabel("squared loss behind softmax, mean of ten seeds")
    axes.legend(fontsize=7, ncol=2)
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("echelon")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("plot", nargs="?")
    parser.add_argument("--sizes", default="300,1000,3000,10000,30000")
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    sizes = [int(size) for size in arguments.sizes.split(",")]
    arguments.folder.mkdir(parents=True, exist_ok=True)
    results = {name: {size: [measure(arguments.echelon, arguments.folder, name, temperatures, size, seed)
                             for seed in range(1, arguments.seeds + 1)] for size in sizes}
               for name, temperatures in SCALES.items()}
    rows, holds = tabulate(results, sizes)
    print(f"{'':18}{'n':>7}{'test':>9}{'gap':>9}{'bound':>9}{'PAC':>9}{'trivial':>9}")
    for name, size, *numbers in rows:
        print(f"{name:18}{size:7}" + "".join(f"{x:9.4f}" for x in numbers)
              + ("  non-vacuous" if numbers[2] < numbers[4] else ""))
    if arguments.plot:
        draw(rows, arguments.plot)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
