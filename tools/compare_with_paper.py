#!/usr/bin/python3
"""Sets a run of mpi_jobs/mnist_paper.cfg beside the published experiment.

    tools/compare_with_paper.py runs/mnist_paper [curves.png]

Prints, at each published step, the training and test loss of Asadi and Abbe (JMLR 21(139), 2020,
figure and released code) and of the run; with a second argument draws both curves.
"""
import sys

import h5py

# Read off the published figure (+-.003 early, +-.0005 late); the last row is printed by their code.
PUBLISHED = {
    0: (0.90, 0.90), 5000: (0.18, 0.17), 10000: (0.11, 0.107), 15000: (0.086, 0.090),
    20000: (0.0724, 0.0801), 24000: (0.066, 0.0755), 28000: (0.0604, 0.0716),
    32000: (0.0566, 0.0690), 36000: (0.0541, 0.0680), 40000: (0.0522, 0.0668),
}


def curves(folder):
    """Sweeps, training and test losses of the run's only chain, with the start in front."""
    with h5py.File(f"{folder}/run.h5") as run:
        stats = run["sample_stats"]
        sweep = [0, *(int(s) for s in stats["sweep"][0])]
        start = float(run["trace/train_loss"][0, -1, 0])
        return sweep, [start, *stats["train_loss"][0]], [float("nan"), *stats["test_loss"][0]]


def draw(sweep, train, test, file):
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), constrained_layout=True)
    axes.plot(sweep, train, color="C0", label="training loss")
    axes.plot(sweep, test, color="C1", label="test loss")
    steps = list(PUBLISHED)
    for column, color, name in ((0, "C0", "training"), (1, "C1", "test")):
        values = [PUBLISHED[step][column] for step in steps]
        axes.plot(steps, values, "o", color=color, mfc="none", label=f"published, {name}")
    axes.set(xlabel="outer step", ylabel="mean squared loss", yscale="log",
             title="Multi-scale Gibbs sampling of 784-100-10 on MNIST")
    axes.grid(alpha=0.3, which="both")
    axes.legend()
    figure.savefig(file, dpi=120)
    print(f"wrote {file}")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    sweep, train, test = curves(sys.argv[1])
    at = dict(zip(sweep, zip(train, test)))
    print(f"{'t':>6} {'train':>8} {'published':>9} {'test':>8} {'published':>9}")
    for step, (published_train, published_test) in PUBLISHED.items():
        if step in at:
            print(f"{step:6d} {at[step][0]:8.5f} {published_train:9} {at[step][1]:8.5f} {published_test:9}")
    if len(sys.argv) == 3:
        draw(sweep, train, test, sys.argv[2])


main()
