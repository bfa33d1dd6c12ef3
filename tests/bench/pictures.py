"""The report's pictures."""
import math

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

pyplot.rcParams.update({"figure.constrained_layout.use": True, "savefig.dpi": 110, "axes.grid": True,
                        "grid.color": "#e6e6e6", "axes.spines.top": False, "axes.spines.right": False})
SAMPLES = 60000
FULL = 2 * (784 * 100 + 100 * 10)  # multiplications and additions a sample, zeros included
LAST = 2 * 100 * 10


def draw(figures, folder):
    if "roofline" in figures:
        roofline(figures["roofline"], figures.get("baselines", {}), folder / "roofline.png")
    if "growth" in figures:
        growth(figures["growth"], figures.get("ranks", {}), folder / "growth.png")
    if "descent" in figures:
        descent(figures["descent"], folder / "descent.png")


def roofline(found, baselines, file):
    """Rates as if zeros were multiplied too, against such operations per byte that must be read."""
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    ridge = found["peak"] / found["bandwidth"]
    axes.loglog([0.3, ridge, 3000], [0.3 * found["bandwidth"], found["peak"], found["peak"]], color="0.4")
    axes.annotate(f"multiply-add peak, {found['peak']:.0f} GFLOP/s", (3000, found["peak"] * 1.1), ha="right")
    axes.annotate(f"memory, {found['bandwidth']:.0f} GB/s", (0.35, found["bandwidth"]))

    def place(name, seconds, flops, read, marker):
        rate = flops * SAMPLES / seconds * 1e-9
        axes.plot(flops / read, rate, marker, label=f"{name}, {rate:.0f} GFLOP/s")

    # Bytes a sample: packed codes and their lists; float pixels; activations of the last layer.
    place("full evaluation, Echelon", found["Echelon"], FULL, 260, "o")
    for name, seconds in {"Eigen": found["Eigen"], **baselines}.items():
        place(f"full evaluation, {name}", seconds, FULL, 784 * (8 if name == "Octave" else 4), "s")
    place("last-layer move", found["last-layer move"], LAST, 400, "o")
    place("proposal of one unit", found["proposal of one unit"], 2 * 784 + LAST, 407, "o")
    axes.set(xlabel="operations per byte read, zeros included", ylabel="GFLOP/s on one core, zeros included",
             title="784-100-10 on 60,000 images")
    axes.legend(loc="lower right", frameon=False, fontsize="small")
    figure.savefig(file)


def growth(found, ranks, file):
    figure, panels = pyplot.subplots(1, len(found) + bool(ranks), figsize=(12, 3.3))
    for panel, (name, points) in zip(panels, found.items()):
        sizes, seconds = zip(*points)
        slope = fit_slope([math.log(x) for x in sizes], [math.log(y) for y in seconds])
        panel.loglog(sizes, [1e3 * second for second in seconds], "o-")
        panel.loglog(sizes, [1e3 * seconds[0] * size / sizes[0] for size in sizes], "--", color="0.6",
                     label="proportional")
        panel.set(xlabel=name.replace("_", " "), ylabel="ms a sweep", title=f"slope {slope:.2f}")
        panel.legend(frameon=False)
    if ranks:
        for number, (name, ratio) in enumerate(ranks.items()):
            panels[-1].plot([1, 2], [1, ratio], "o-", label=name.replace("paper's experiment, ", ""))
        panels[-1].plot([1, 2], [1, 2], "--", color="0.6", label="ideal")
        panels[-1].set(xlabel="ranks", ylabel="times as fast", title="ranks", xticks=[1, 2])
        panels[-1].legend(frameon=False)
    figure.savefig(file)


def fit_slope(x, y):
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def descent(found, file):
    figure, axes = pyplot.subplots(figsize=(7, 4.5))
    for name, points in found.items():
        seconds, losses = zip(*points)
        axes.loglog([max(second, 0.1) for second in seconds], losses, label=f"proposal = {name}")
    axes.axhline(0.0522, ls="--", color="0.5", label="published end, .0522")
    axes.set(xlabel="seconds on 2 ranks", ylabel="training loss", title="the paper's temperatures, 784-100-10")
    axes.legend(frameon=False)
    figure.savefig(file)
