"""Rows measured on runs of the program: the paper's experiment, units, ranks, what tempering adds, a profile."""
import re
import shutil
import statistics
import subprocess

import h5py

from rows import Row

GOAL = 0.0522  # training loss that the published experiment ends at
OUTER_STEPS = 40000
FURTHER_STEPS = 4000  # that the descent may need to the goal
PAIRS = 2  # of measurements of ranks, in turns
EVALUATIONS = 82  # of the authors' code in an outer step


class Run:
    """A run directory: wall times at its commits, and the training loss of every sweep."""

    def __init__(self, out):
        self.out = out
        with h5py.File(out / "run.h5") as run:
            timing, root = run["timing"], run["timing/rank"][:] == 0
            self.sweeps = timing["sweep"][:][root].tolist()
            self.walls = timing["wall"][:][root].tolist()
            self.swaps = float(sum(timing[name][:][root][-1] for name in ("communication", "swap_terms")))
            self.commit = float(timing["committing"][:][root][-1]) / max(1, len(self.walls) - 1)
            self.losses = run["trace/train_loss"][0, -1].tolist()

    @property
    def memory(self):
        return re.findall(r"peak memory ([^\n]*)", (self.out / "log.txt").read_text())[-1]

    def seconds_at(self, sweep):
        """Wall time at a sweep, between the two commits around it."""
        before, began = 0, 0.0
        for after, wall in zip(self.sweeps, self.walls):
            if sweep <= after:
                return began + (wall - began) * (sweep - before) / (after - before)
            before, began = after, wall
        return began

    def seconds_to(self, loss):
        """Wall time to the first sweep whose training loss is this low; None if there is none."""
        sweep = next((i for i, value in enumerate(self.losses) if value <= loss), None)
        return None if sweep is None else self.seconds_at(sweep)

    def seconds_per_sweep(self):
        """Between the last commit and the first after this start: without loading and reordering."""
        begin = max((i for i in range(1, len(self.walls)) if self.walls[i] < self.walls[i - 1]), default=0)
        return (self.walls[-1] - self.walls[begin]) / (self.sweeps[-1] - self.sweeps[begin])


def command(session, config, out, settings, ranks):
    words = [session.build / "echelon", "run", config, "--out", out, "--set", f"data.dir={session.data}"]
    words += [word for setting in settings for word in ("--set", setting)]
    return (["mpirun", "-n", str(ranks)] if ranks > 1 else []) + words


def run(session, config, *settings, ranks=2, resume=None):
    """Runs a configuration of mpi_jobs; from a copy of the Run `resume`, where given."""
    return side_by_side(1, session, config, *settings, ranks=ranks, resume=resume)[0]


def side_by_side(count, session, config, *settings, ranks=1, resume=None):
    """The same run several times at once."""
    started = []
    for _ in range(count):
        out = session.new_folder()
        if resume:
            shutil.copytree(resume.out, out, ignore=shutil.ignore_patterns("lock"))
        words = command(session, session.jobs / config, out, settings, ranks)
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        started.append((process, words, out))
    for process, words, _ in started:
        _, errors = process.communicate()
        if process.returncode != 0:
            raise SystemExit(f"{' '.join(map(str, words))}\n{errors}")
    return [Run(out) for _, _, out in started]


def minutes(seconds):
    return f"{seconds / 60:.1f} min"


def whole_paper(session):
    """The paper's experiment: a run of before, or a new one."""
    if session.paper is None:
        session.paper = run(session, "mnist_paper.cfg", "run.sweeps=40000", "output.checkpoint-minutes=1")
    elif not isinstance(session.paper, Run):
        session.paper = Run(session.paper)
    return session.paper


def paper_rows(session):
    """12 minutes on two cores, nothing with --paper-run; half a minute of Octave."""
    paper = whole_paper(session)
    total = paper.seconds_at(OUTER_STEPS)
    session.figures.setdefault("descent", {})["full"] = points(paper)
    rows = [
        Row("paper's experiment, 2 ranks", "20 min, aim 10", minutes(total), total <= 1200,
            f"training loss {paper.losses[-1]:.4f}, published {GOAL}"),
        Row("memory", "one data copy a node, two activations a replica", paper.memory, None,
            "2 ranks, one replica: 9 MB of packed data, 24 MB an activation cache")]
    if shutil.which("octave") is None:
        return rows + [Row("against the authors' code in Octave", "10,000x", "Octave is not installed", None, "")]
    twin = subprocess.run(["octave", "--quiet", "--no-gui", session.here / "twin.m"], check=True, capture_output=True,
                          text=True)
    looped, at_once = (EVALUATIONS * float(word) for word in twin.stdout.split())
    session.figures.setdefault("baselines", {})["Octave"] = looped / EVALUATIONS
    own = total / OUTER_STEPS
    return rows + [
        Row("against a twin of the authors' code in Octave", "10,000x", f"{looped / own:,.0f}x", looped / own >= 10000,
            f"{looped:.0f} s an outer step, {EVALUATIONS} times one evaluation measured"),
        Row("the same with its softmax at once", "", f"{at_once / own:,.0f}x", None, f"{at_once:.0f} s an outer step")]


def points(run):
    """Some 500 (seconds, loss) of a run."""
    stride = max(1, len(run.losses) // 500)
    return [(run.seconds_at(i), run.losses[i]) for i in range(0, len(run.losses), stride)]


def unit_rows(session):
    """Two minutes on two cores, and the paper's experiment where it is not given."""
    unit = run(session, "mnist_unit.cfg", "output.checkpoint-minutes=0.1")
    session.figures.setdefault("descent", {})["unit"] = points(unit)
    seconds = unit.seconds_to(GOAL)
    what = f"`unit` against `full`, time to training loss {GOAL}"
    if seconds is None:
        return [Row(what, "20x", f"not reached: {unit.losses[-1]:.4f}", False, "")]
    full = seconds_of_descent(session)
    ratio = (full or whole_paper(session).walls[-1]) / seconds
    return [Row(what, "20x", f"{'' if full else 'more than '}{ratio:.1f}x", ratio >= 20,
                f"{seconds:.0f} s; full {minutes(full) if full else 'does not get there'}")]


def seconds_of_descent(session):
    """Of the paper's experiment to the goal, if it gets there; it ends shortly before and goes on for a while."""
    paper = whole_paper(session)
    if (seconds := paper.seconds_to(GOAL)) is not None:
        return seconds
    last = paper.sweeps[-1]
    more = run(session, "mnist_paper.cfg", f"run.sweeps={last + FURTHER_STEPS}", "output.weights=true",
               f"output.checkpoint-sweeps={FURTHER_STEPS // 4}", resume=paper)
    sweep = next((i for i, loss in enumerate(more.losses) if loss <= GOAL), None)
    return None if sweep is None else paper.walls[-1] + (sweep - last) * more.seconds_per_sweep()


def ranks_rows(session):
    """Eight minutes on two cores, the paper's experiment where it is not given. Beside each ratio what two runs of
    one rank reach that are started at the same time and have nothing to do with each other."""
    paper = whole_paper(session)
    last = paper.sweeps[-1]
    cases = (
        ("paper's experiment, at its start", 1.85, dict(sweeps=300), ()),
        ("paper's experiment, at its end", 1.85, dict(sweeps=last + 450, resume=paper), ()),
        ("4 replicas", 1.9, dict(sweeps=60), ("ladder.ladders=4", "run.thin=60", "run.thin-weights=60")))
    rows = []
    for what, target, where, settings in cases:
        resume = where.get("resume")
        every = (where["sweeps"] - (last if resume else 0)) // 3

        def speeds(count, ranks):
            runs = side_by_side(count, session, "mnist_paper.cfg", f"run.sweeps={where['sweeps']}",
                                f"output.weights={'true' if resume else 'false'}",
                                f"output.checkpoint-sweeps={every}", *settings, ranks=ranks, resume=resume)
            return sum(1 / run.seconds_per_sweep() for run in runs)

        ratios, limits = [], []
        for _ in range(PAIRS):
            alone = speeds(1, ranks=1)
            ratios.append(speeds(1, ranks=2) / alone)
            limits.append(speeds(2, ranks=1) / alone)
        ratio = session.figures.setdefault("ranks", {})[what] = statistics.median(ratios)
        rows.append(Row(f"2 ranks against 1, {what}", f"{target}x", f"{ratio:.2f}x", ratio >= target,
                        f"{listed(ratios)}; two runs side by side {statistics.median(limits):.2f}x ({listed(limits)})"))
    return rows


def listed(ratios):
    return ", ".join(f"{ratio:.2f}" for ratio in ratios)


def overhead_rows(session):
    """Five minutes on two cores."""
    def ladder(*settings):
        return run(session, "mnist_full_ladder.cfg", "ladder.adapt=false", "run.warmup=0", "run.sweeps=2",
                   "output.checkpoint-sweeps=1", *settings)

    # No swap is ever accepted here, so that runs differ in what they store alone.
    draws, bare = ladder("run.thin=1", "run.thin-weights=1"), ladder("run.thin=2")
    sweep = bare.walls[-1] / 2
    of_swaps, of_commits = bare.swaps / bare.walls[-1], bare.commit / 300
    of_draws = max(0, draws.walls[-1] - bare.walls[-1]) / 10 / sweep
    total = of_swaps + of_draws + of_commits
    return [Row("swaps, draws and commits together, 8 rungs", "2 %", f"{100 * total:.2f} %", total <= 0.02,
                f"swaps {100 * of_swaps:.2f}, a draw every 10 sweeps {100 * of_draws:.2f}, a commit every 5 minutes "
                f"{100 * of_commits:.2f}; {sweep:.0f} s a sweep")]


# Of the function's name in a profile, and what it does; the first that fits.
KINDS = (
    (r"tile<[^>]*Activation|dense_block", "last layer's product"),
    (r"tile<|InputLayer", "first layer's product"),
    (r"SampleLoss", "softmax and loss"),
    (r"fill_normal|Stream|philox|batches", "random numbers"),
    (r"Halving|FeatureLists|InputData|introsort", "reordering of the samples"),
    (r"Sha256|read_ima|inflate|llround|grid_scale", "loading the data"),
    (r"MPI|mpi|opal|ompi|mca_|yield", "MPI"),
)


def profile_rows(session):
    """One minute on one core; needs perf."""
    if shutil.which("perf") is None:
        return [Row("profile of the paper's run", "", "perf is not installed", None, "")]
    rows = []
    for where, resume in (("at its start", None), ("at its end", whole_paper(session))):
        shares = session.figures.setdefault("profile", {})[where] = profile(session, resume)
        rows += [Row(f"paper's run {where}: {kind}", "", f"{share:.1f} %", None, "of one rank's time")
                 for kind, share in sorted(shares.items(), key=lambda item: -item[1])]
    return rows


def profile(session, resume):
    """Per cent of the time by kind of work, over the first 600 sweeps or those after the Run `resume`; without
    loading and reordering, which are short in a whole run."""
    out = session.new_folder()
    if resume:
        shutil.copytree(resume.out, out, ignore=shutil.ignore_patterns("lock"))
    samples = session.new_folder().with_suffix(".perf")
    settings = (f"run.sweeps={(resume.sweeps[-1] if resume else 0) + 600}",)
    words = command(session, session.jobs / "mnist_paper.cfg", out, settings, 1)
    subprocess.run(["perf", "record", "-q", "-F", "499", "-o", samples, *words], check=True, capture_output=True)
    text = subprocess.run(["perf", "report", "-i", samples, "--no-children", "--stdio", "-F", "overhead,sym", "-t", "~"],
                          check=True, capture_output=True, text=True).stdout
    shares = {}
    for percent, symbol in re.findall(r"^ *([\d.]+)%? *~ *(?:\[.\] *)?(.*)$", text, re.MULTILINE):
        kind = next((kind for pattern, kind in KINDS if re.search(pattern, symbol)), "the rest")
        shares[kind] = shares.get(kind, 0) + float(percent)
    once = shares.pop("loading the data", 0) + shares.pop("reordering of the samples", 0)
    return {kind: 100 * share / (100 - once) for kind, share in shares.items()}
