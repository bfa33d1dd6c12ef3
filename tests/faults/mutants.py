#!/usr/bin/env python3
"""R15: the historical bugs of parallel tempering, put into a copy of the sources one at a time; the
suite must kill each. Prints which test did.

Usage: mutants.py SOURCE_DIR WORK_DIR MPIEXEC [--only NAME,...] [--jobs N]

A mutant is a replacement of source text, which must occur exactly once, and the tests that are to
find it: (program, filter, ranks). All of them must pass without it. What a header says is seen by the
test programs alone: their templates are mutants, libraries and networks are not compiled again.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import time

DRIVER = "include/echelon/tempering/driver.hpp"
LEDGER = "src/tempering/ledger.cpp"
BRIDGE = "include/echelon/sampler/bridge.hpp"
PAPER = "include/echelon/sampler/paper.hpp"
COLLAPSED = "include/echelon/sampler/collapsed.hpp"
RESUME = ("tempering_resume", "Resume.*", 1)
LAW = ("statistics_tempering", "Law.*:GaussianPath.*", 1)
EXACT = ("statistics_exact_kernels", "*ExactBridge*:Bridge.*", 1)
RANKS = ("mpi_tempering", "Ranks.*", 2)

MUTANTS = {
    "energy-only swap at theta < 1 (bridge)": (
        "include/echelon/sampler/branch_target.hpp", "if (hidden > 0) result +=", "if (hidden > 2) result +=",
        [("sampler_branch_target", "BranchTarget.Swaps*", 1), ("statistics_swaps", "Swap.*", 1)]),
    "energy-only swap at theta < 1 (collapsed)": (
        "include/echelon/sampler/collapsed_target.hpp",
        "return log_tilt(state.head, temperatures_, there) - log_tilt(state.head, temperatures_, here);",
        "return (temperatures_.inverse(depth() - 1, here) - temperatures_.inverse(depth() - 1, there)) *\n"
        "           state.draw.loss;",
        [("sampler_collapsed_target", "CollapsedTarget.Swap*", 1), ("statistics_collapsed_law", "*ASwap*", 1)]),
    "energy-only swap at theta < 1 (annealed)": (
        "include/echelon/sampler/annealed_target.hpp",
        "return tilt(state, there) - tilt(state, here);",
        "return (inverse(here) - inverse(there)) * state.draw.loss;",
        [("statistics_annealed_law", "AnnealedInvariance.*", 1)]),
    "swap redone at a checkpoint": (
        DRIVER, "    ensemble_->scatter(from.replicas);\n    return proceed();",
        "    ensemble_->scatter(from.replicas);\n"
        "    exchange(ensemble_->census(*ledger_, exchanging(), Signal::none, now()));\n    return proceed();",
        [RESUME]),
    "swap dropped at a checkpoint": (
        LEDGER, 'ledger.exchanges = archive.get_scalar<std::int64_t>("exchanges");',
        'ledger.exchanges = archive.get_scalar<std::int64_t>("exchanges") + 1;', [RESUME]),
    "neighbours made identical": (
        "src/tempering/assignment.cpp", "std::swap(below, above);", "above = below;",
        [("tempering_assignment", "Assignment.*", 1), LAW]),
    "ladder off by one": (
        "include/echelon/tempering/ledger.hpp", "return ladder.rung(assignment.rung_of(replica));",
        "return ladder.rung(assignment.rung_of(replica) == 0 ? 0 : assignment.rung_of(replica) - 1);",
        [("tempering_ledger", "Ledger.*", 1), LAW]),
    "acceptance inverted (moves)": (
        "include/echelon/sampler/decision.hpp", "return chance_ ? *chance_ < probability(log_ratio) : ",
        "return chance_ ? *chance_ > probability(log_ratio) : !", [EXACT, ("statistics_closed_forms", "*", 1)]),
    "acceptance inverted (swaps)": (
        "src/tempering/swap.cpp", "std::log(uniform) < log_ratio;", "std::log(uniform) > log_ratio;",
        [("tempering_swap", "SwapRound.*:Enumeration.*", 1), LAW]),
    "prior ratio forgotten (moves)": (
        "src/sampler/weight_moves.cpp", "return reversible(layer) ? 0.0 : log_density_ratio(prior_, layer, from, to, change);",
        "return 0.0;", [("sampler_weight_moves", "*", 1)]),
    "prior ratio forgotten (bridge)": (
        BRIDGE, "walk_.accept(k, prior + log_acceptance(k, fan, pair))",
        "walk_.accept(k, log_acceptance(k, fan, pair))", [EXACT, ("statistics_closed_forms", "*", 1)]),
    "prior ratio forgotten (paper)": (
        PAPER, "return prior - dv * walk_.inverse(k);", "return 0 * prior - dv * walk_.inverse(k);",
        [("statistics_closed_forms", "*Quadratic*paper*", 1)]),
    "prior ratio forgotten (annealed)": (
        "include/echelon/sampler/annealed.hpp", "walk_.accept(0, prior + pending_tilt - tilt)",
        "walk_.accept(0, pending_tilt - tilt)", [("statistics_annealed_law", "AnnealedInvariance*", 1)]),
    "prior ratio forgotten (collapsed)": (
        COLLAPSED, "double log_ratio = walk_.propose(k, change);",
        "walk_.propose(k, change);\n    double log_ratio = 0;", [("statistics_collapsed_law", "CollapsedInvariance*", 1)]),
    "theta forgotten (collapsed)": (
        COLLAPSED, "return theta * head.log_evidence(", "return head.log_evidence(",
        [("statistics_collapsed_law", "CollapsedInvariance*", 1)]),
    "stale branch after acceptance (paper)": (
        PAPER, "if (accepted || stays.empty()) stays.push_back(", "if (stays.empty()) stays.push_back(",
        [("statistics_exact_kernels", "Paper.*", 1), ("statistics_closed_forms", "*Quadratic*paper*", 1)]),
    "stale branch after acceptance (annealed)": (
        "include/echelon/sampler/annealed.hpp", "      entering = std::move(pending);\n", "",
        [("sampler_annealed_target", "*KeepsBranches*", 1)]),
    "stale branch after acceptance (collapsed)": (
        COLLAPSED, "    path = std::move(pending);\n", "", [("sampler_collapsed_target", "CollapsedTarget.*", 1)]),
    "stale branch after acceptance (bridge)": (
        BRIDGE, "      std::move(pair.entering[at(l)].begin() + n, pair.entering[at(l)].end(),\n"
                "                fan.entering[at(l)].begin());",
        "      static_cast<void>(n + l);",
        [("sampler_branch_target", "*KeepsBranches*", 1), ("sampler_network_target", "*KeepTheLoss*", 1), EXACT]),
    "hot draws recorded as cold": (
        "include/echelon/tempering/recorder.hpp", "ledger.assignment.replica_at(ladder, ledger.ladder.rungs() - 1);",
        "ledger.assignment.replica_at(ladder, 0);", [("tempering_driver", "Driver.Draws*", 1), LAW]),
    "round trips reset at resume": (
        LEDGER, 'ledger.trips = RoundTrips::from_history(archive.get<std::int64_t>("trip_legs"),\n'
                '                                          archive.get<std::int64_t>("trip_counts"));',
        "ledger.trips = RoundTrips(static_cast<int>(replica_at.size()));", [RESUME]),
    "step sizes following the replica (adapted by it)": (
        DRIVER, "mean_by_rung(ledger_->assignment, census.reports)",
        "mean_by_rung(Assignment(options_.ladders, ledger_->ladder.rungs()), census.reports)",
        [("tempering_driver", "Driver.*", 1), LAW]),
    "step sizes following the replica (used by it)": (
        "include/echelon/sampler/branch_target.hpp", "Stream stream(turn.address(Purpose::explore));\n    state.recorded",
        "rung.index = static_cast<int>(turn.replica) % 2;\n"
        "    Stream stream(turn.address(Purpose::explore));\n    state.recorded",
        [("sampler_branch_target", "BranchTarget.Steps*", 1)]),
    "streams owned by ranks": (
        "include/echelon/tempering/ensemble.hpp", "return {seed_, static_cast<std::uint32_t>(replica),",
        "return {seed_ + static_cast<std::uint64_t>(world_.rank()), static_cast<std::uint32_t>(replica),", [RANKS]),
    "fixed-order inner scan": (
        BRIDGE, "void move(int k, Fan<Model>& fan) { move_between(k, walk_.any_change(k), fan); }",
        "void move(int k, Fan<Model>& fan) {\n"
        "    for (int i = 0; i < walk_.moves.changes(k); ++i) move_between(k, walk_.moves.change(k, i), fan);\n  }",
        [EXACT]),
    "switching off its midpoints": (
        BRIDGE, "const double s = (b + 0.5) / options_.inner_steps;", "const double s = b / double(options_.inner_steps);",
        [EXACT]),
    "deeper layers moved before an outer move only": (
        BRIDGE, "    outer(k, change, fan);\n    relax(k + 1, fan);", "    outer(k, change, fan);", [EXACT]),
}


class Tree:
    """A copy of the sources, in the folder `work`, that is built and tested."""

    def __init__(self, source, work, mpiexec, jobs):
        # Where a clone has its build, so that a compiler cache knows the objects.
        self.folder, self.build, self.mpiexec, self.jobs = work, work / "build" / "release", mpiexec, jobs
        files = subprocess.run(["git", "ls-files", "-z"], cwd=source, check=True, capture_output=True, text=True)
        for name in filter(None, files.stdout.split("\0")):
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            content = (source / name).read_bytes()
            if not target.exists() or target.read_bytes() != content:  # keeps what is built of an earlier copy
                target.write_bytes(content)
        subprocess.run(["cmake", "--preset", "release"], cwd=work, check=True, stdout=subprocess.DEVNULL)

    def write(self, file, text, tests):
        """Writes a source; of a header nobody takes notice but the programs of these tests."""
        path = self.folder / file
        stat = path.stat()
        path.write_text(text)
        if path.suffix != ".hpp":
            return
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        for program, *_ in tests:
            for made in self.build.rglob(f"test_{program}.dir/**/*.o"):
                made.unlink()

    def made(self, programs):
        """Builds test programs; the compiler's complaint, if any."""
        done = subprocess.run(["cmake", "--build", self.build, f"-j{self.jobs}", "--target",
                               *(f"test_{name}" for name in sorted(programs))], capture_output=True, text=True)
        return "" if done.returncode == 0 else done.stdout[-2000:] + done.stderr

    def failing(self, program, pattern, ranks):
        """The first test of these that fails, or nothing."""
        command = [next(self.build.rglob(f"test_{program}")), f"--gtest_filter={pattern}", "--gtest_break_on_failure=0"]
        if ranks > 1:
            command = [self.mpiexec, "--oversubscribe", "-n", str(ranks), *command]
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           OMPI_MCA_mpi_yield_when_idle="1")
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=environment)
        except subprocess.TimeoutExpired:
            return f"{program} (hangs)"
        if done.returncode == 0:
            assert "[       OK ]" in done.stdout, f"{program} has no test {pattern}"
            return ""
        failed = [line.split("] ")[1].split(",")[0].split(" (")[0] for line in done.stdout.splitlines()
                  if line.startswith("[  FAILED  ]") and "tests" not in line]
        return f"{program}: {failed[0] if failed else f'exit code {done.returncode}'}"


def unfit(name, text):
    """What is wrong when a mutant's text does not occur once in its file; else an empty string."""
    file, old, *_ = MUTANTS[name]
    return "" if text.count(old) == 1 else f"{name}: the text to replace occurs {text.count(old)} times in {file}"


def try_mutant(tree, name):
    """Which test kills the mutant; an empty string when it lives."""
    file, old, new, tests = MUTANTS[name]
    good = (tree.folder / file).read_text()
    assert good.count(old) == 1, unfit(name, good)
    tree.write(file, good.replace(old, new), tests)
    try:
        for test in tests:
            problem = tree.made({test[0]})
            assert not problem, f"{name} does not compile: {problem}"
            if killer := tree.failing(*test):
                return killer
        return ""
    finally:
        tree.write(file, good, tests)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("work", type=pathlib.Path, nargs="?")
    parser.add_argument("mpiexec", nargs="?", help="without these two: only whether every mutant still fits its source")
    parser.add_argument("--only", default=",".join(MUTANTS))
    parser.add_argument("--jobs", default=os.cpu_count())
    arguments = parser.parse_args()
    if arguments.mpiexec is None:
        sys.exit("\n".join(filter(None, (unfit(name, (arguments.source / MUTANTS[name][0]).read_text())
                                          for name in MUTANTS))) or 0)
    names = [name for name in MUTANTS if any(word in name for word in arguments.only.split(","))]
    tree = Tree(arguments.source, arguments.work, arguments.mpiexec, arguments.jobs)
    tests = {test for name in names for test in MUTANTS[name][3]}
    problem = tree.made({test[0] for test in tests})
    assert not problem, problem
    for test in sorted(tests):
        assert not tree.failing(*test), f"{test} fails without any mutant"
    alive = []
    for name in names:
        began = time.monotonic()
        killer = try_mutant(tree, name)
        alive += [] if killer else [name]
        print(f"{'killed' if killer else 'ALIVE ':7} {time.monotonic() - began:5.0f} s  {name:50} {killer}", flush=True)
    print(f"{len(names) - len(alive)} of {len(names)} mutants killed")
    sys.exit(1 if alive else 0)


main()
