#!/usr/bin/env python3
"""The reliability promises, and a table of the numbers reached: how often each was kept.

Usage: promises.py BUILD [--long] [--sanitized BUILD] [--only R1,R8] [--seed N] [--at-most N]

BUILD is where everything is built, as build/release. Without --long the counts of every push, with it those of a night. R5, R12
and R14 are kept by test programs of the suite, R14 by those of the sanitized build where there is one (preset asan), and R15 by
mutants.py. Ends with 1 if any try failed. What the promises say: the functions' first lines.
"""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import time

try:
    import h5py  # noqa: F401  (jobs.py compares files with it)
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

import ends
import kills
import programs
import stops
from harness import DONE, scratch
from jobs import SETTINGS, Job, emptied, fingerprint

PROMISES = {"R1": kills.r1, "R2": kills.r2, "R3": stops.r3, "R4": kills.r4, "R5": programs.r5, "R6": ends.r6,
            "R7": stops.r7, "R8": stops.r8, "R9": stops.r9, "R10": ends.r10, "R11": programs.r11,
            "R12": programs.r12, "R13": ends.r13, "R14": programs.r14, "R15": programs.r15,
            "lock": stops.lock, "full": ends.full}


class Bench:
    """What the promises are tried on: a run nothing happens to, and others to compare with it."""

    def __init__(self, arguments, folder):
        self.build = arguments.build.resolve()
        self.sanitized = arguments.sanitized and arguments.sanitized.resolve()
        cache = (self.build / "CMakeCache.txt").read_text()
        self.mpiexec = re.search(r"^MPIEXEC_EXECUTABLE:\w+=(.+)$", cache, re.M)[1]
        shims = self.build / "tests" / "faults"
        self.tools = [self.build / "echelon", self.mpiexec, shims / "libfault_shim.so", shims / "libmpi_fault_shim.so"]
        self.long, self.folder, self.most = arguments.long, folder, arguments.at_most
        self.random = random.Random(arguments.seed)
        self.failures = []
        self.bits = self.bits_of("whole")

    def job(self, name, settings=None, **options):
        return Job(self.tools, self.folder / name, settings={**SETTINGS, **(settings or {})}, **options)

    def bits_of(self, name, **options):
        """What a run leaves to which nothing happens."""
        job = self.job(name, **options)
        assert job.wait() == DONE, job.errors
        return fingerprint(self.folder / name)

    def count(self, on_push, at_night):
        """A number of tries, or the list of them."""
        chosen = at_night if self.long else on_push
        if self.most is None:
            return chosen
        return min(chosen, self.most) if isinstance(chosen, int) else chosen[:self.most]

    def fail(self, what):
        self.failures.append(what)
        return False

    def resumes_equal(self, name, what, bits=None, **options):
        """Whether the same command finishes the run with the bits of one never disturbed."""
        job = self.job(name, **options)
        code = job.wait()
        equal = code == DONE and fingerprint(self.folder / name) == (bits or self.bits)
        return equal or self.fail(f"{what}: resumed with exit code {code}: {job.errors[-300:]}")

    def verified(self, name, what):
        """Whether `echelon verify` finds the directory intact."""
        done = subprocess.run([self.tools[0], "verify", self.folder / name], capture_output=True, text=True)
        return done.returncode == DONE or self.fail(f"{what}: {done.stdout}{done.stderr}")

    def duration(self, ranks):
        job = self.job("duration", ranks=ranks)
        assert job.wait() == DONE, job.errors
        emptied(self.folder / "duration")
        return job.seconds


def report(bench, name):
    """Runs one promise and prints its row."""
    began = time.monotonic()
    before = len(bench.failures)
    good, tries, remark = PROMISES[name](bench)
    if good < tries and len(bench.failures) == before:
        bench.fail(f"{name}: {good} of {tries}")
    promise = PROMISES[name].__doc__.splitlines()[0]
    print(f"{name:5}{f'{good}/{tries}':>13} {time.monotonic() - began:8.0f}  {promise}; {remark}", flush=True)
    for failure in bench.failures[before:]:
        print("     FAILED", failure, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--sanitized", type=pathlib.Path)
    parser.add_argument("--only", default=",".join(PROMISES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-most", type=int, help="tries per promise")
    arguments = parser.parse_args()
    with scratch() as folder:
        bench = Bench(arguments, folder)
        print(f"{'':5}{'kept':>13} {'seconds':>8}  promise", flush=True)
        for name in arguments.only.split(","):
            report(bench, name)
    sys.exit(1 if bench.failures else 0)


main()
