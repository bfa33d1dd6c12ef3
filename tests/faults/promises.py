#!/usr/bin/env python3
"""The reliability promises that need the real program, and a table of the numbers reached.

Usage: promises.py [--long] [--only R1,R8] [--seed N] [--at-most N] ECHELON MPIEXEC FILE_SHIM MPI_SHIM

Without --long the counts of every push, with it those of a night. Ends with 1 if any try failed.
"""
import argparse
import random
import signal
import subprocess
import sys
import time

try:
    import h5py  # noqa: F401  (jobs.py compares files with it)
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

from harness import DONE, scratch
from jobs import SETTINGS, STOPPED, Job, commits_in, emptied, fingerprint


class Promises:
    def __init__(self, arguments, folder):
        self.tools = [arguments.echelon, arguments.mpiexec, arguments.file_shim, arguments.mpi_shim]
        self.long, self.folder = arguments.long, folder
        self.most = arguments.at_most
        self.random = random.Random(arguments.seed)
        self.whole = self.job("whole")
        assert self.whole.wait() == DONE, self.whole.errors
        self.bits = fingerprint(folder / "whole")
        self.failures = []

    def job(self, name, **options):
        return Job(self.tools, self.folder / name, **options)

    def count(self, on_push, at_night):
        chosen = at_night if self.long else on_push
        if self.most is None:
            return chosen
        return min(chosen, self.most) if isinstance(chosen, int) else chosen[:self.most]

    def resumes_equal(self, name, what, ranks=1, bits=None):
        """Whether the same command finishes the run with the bits of one never disturbed."""
        job = self.job(name, ranks=ranks)
        code = job.wait()
        equal = code == DONE and fingerprint(self.folder / name) == (bits or self.bits)
        if not equal:
            self.failures.append(f"{what}: resumed with exit code {code}: {job.errors[-300:]}")
        return equal

    def verified(self, out, what):
        """Whether `echelon verify` finds the directory intact."""
        done = subprocess.run([self.tools[0], "verify", out], capture_output=True, text=True)
        if done.returncode != DONE:
            self.failures.append(f"{what}: {done.stdout}{done.stderr}")
        return done.returncode == DONE

    def duration(self, ranks):
        job = self.job("duration", ranks=ranks)
        assert job.wait() == DONE, job.errors
        emptied(self.folder / "duration")
        return job.seconds

    # Each promise returns (tries that kept it, tries, a remark).

    def r1(self):
        """kill -9 of the whole job at a random instant, resume: bitwise equal"""
        good, tries, midway = 0, self.count(20, 200), 0
        seconds = {ranks: self.duration(ranks) for ranks in (1, 2)}
        for i in range(tries):
            ranks = 1 + i % 2
            out = emptied(self.folder / "r1")
            job = self.job("r1", ranks=ranks)
            time.sleep(self.random.uniform(0, seconds[ranks]))
            job.kill()
            job.wait()
            midway += commits_in(out) > 0 and job.process.returncode != DONE
            good += self.resumes_equal("r1", f"R1 try {i}", ranks=3 - ranks)
        return good, tries, f"{midway} of them between the first commit and the end"

    def mpi_calls(self, rank, ranks):
        log = self.folder / "calls"
        log.unlink(missing_ok=True)
        emptied(self.folder / "r2")
        job = self.job("r2", ranks=ranks, fault={"RANK": rank, "MPI_LOG": log})
        assert job.wait() == DONE, job.errors
        return log.read_text().split()

    def r2(self):
        """one rank killed, in each phase: the job ends within 10 s, resume is bitwise equal"""
        ranks, good, tries, slowest = 2, 0, 0, 0.0
        for rank in (0, ranks - 1):
            calls = len(self.mpi_calls(rank, ranks))
            points = self.count(4, 40)
            for i in range(points):
                emptied(self.folder / "r2")
                at = 1 + (2 * i + 1) * calls // (2 * points)
                when = ("before", "after")[i % 2]
                job = self.job("r2", ranks=ranks, fault={"RANK": rank, "MPI_AT": at, "MPI_WHEN": when})
                code = job.wait()
                what = f"R2 rank {rank} killed {when} MPI call {at} of {calls}"
                tries += 1
                slowest = max(slowest, job.seconds)
                if code in (None, DONE):
                    self.failures.append(f"{what}: exit code {code}")
                else:
                    good += self.resumes_equal("r2", what, ranks=ranks)
        return good, tries, f"slowest job, start-up included, {slowest:.1f} s"

    def r3(self):
        """stopped after every sweep in turn: bitwise equal"""
        name, sweeps = "r3", SETTINGS["run.warmup"] + SETTINGS["run.sweeps"]
        stops = self.count(10, sweeps - 1)
        good = 0
        for i in range(stops):
            code = self.job(name, words=["--max-hours", "1e-9"]).wait()
            good += code == STOPPED
            if code != STOPPED:
                self.failures.append(f"R3 stop {i + 1}: exit code {code}")
        equal = self.resumes_equal(name, "R3")
        return (good if equal else 0), stops, f"{sweeps} sweeps, {SETTINGS['run.warmup']} of them warm-up"

    def r4(self):
        """die at the n-th file-system call of the program (the toy run tries every n): bitwise equal"""
        log = self.folder / "log"
        out = self.folder / "r4"
        job = self.job("r4", fault={"DIR": out, "LOG": log})
        assert job.wait() == DONE, job.errors
        calls = len(log.read_text().splitlines())
        points = min(calls, self.count(10, 300))
        good = 0
        for i in range(points):
            at = 1 + i * calls // points
            emptied(out)
            code = self.job("r4", fault={"DIR": out, "KIND": "kill", "AT": at}).wait()
            if code != -signal.SIGKILL:
                self.failures.append(f"R4 call {at} of {calls}: exit code {code}")
            else:
                good += self.resumes_equal("r4", f"R4 call {at} of {calls}")
        return good, points, f"{calls} calls in the run"

    def r6(self):
        """the n-th file-system call fails with ENOSPC or EIO: documented exit code, resumes"""
        log = self.folder / "log"
        log.unlink(missing_ok=True)
        out = self.folder / "r6"
        job = self.job("r6", fault={"DIR": out, "LOG": log})
        assert job.wait() == DONE, job.errors
        calls = len(log.read_text().splitlines())
        points = min(calls, self.count(6, 150))
        good, codes = 0, {}
        for i in range(points):
            kind = ("ENOSPC", "EIO", "full")[i % 3]
            at = 1 + i * calls // points
            emptied(out)
            code = self.job("r6", fault={"DIR": out, "KIND": kind, "AT": at}).wait()
            codes[code] = codes.get(code, 0) + 1
            if code not in (0, 65, 73, 74):
                self.failures.append(f"R6 {kind} at call {at} of {calls}: exit code {code}")
            else:
                good += self.resumes_equal("r6", f"R6 {kind} at call {at}")
        return good, points, f"exit codes {codes}"

    def r7(self):
        """1 to 8 ranks: identical bits"""
        counts = self.count((2, 3), range(2, 9))
        good = 0
        for ranks in counts:
            emptied(self.folder / "r7")
            good += self.resumes_equal("r7", f"R7 on {ranks} ranks", ranks=ranks)
        return good, len(counts), f"ranks {list(counts)} against 1; 6 replicas, so teams beyond 6"

    def r8(self):
        """resume from P on Q ranks: bitwise equal"""
        pairs = self.count([(1, 2), (2, 1), (2, 3), (3, 2)],
                           [(p, q) for p in (1, 2, 3, 4, 8) for q in (1, 2, 3, 4, 8)])
        good = 0
        for p, q in pairs:
            emptied(self.folder / "r8")
            codes = [self.job("r8", ranks=p, words=["--max-hours", "1e-9"]).wait() for _ in range(2)]
            if codes != [STOPPED, STOPPED]:
                self.failures.append(f"R8 {p} -> {q}: stopped with {codes}")
                continue
            good += self.resumes_equal("r8", f"R8 {p} -> {q}", ranks=q)
        return good, len(pairs), "stopped twice on P, finished on Q"

    def r9(self):
        """SIGUSR1, and --max-hours: exit code 85, everything committed and intact"""
        good, tries, slowest, prompt = 0, self.count(4, 50), 0.0, 0
        long_run = {"run.sweeps": 100000}
        for i in range(tries):
            ranks = 1 + i % 2
            out = emptied(self.folder / "r9")
            limited = i % 4 >= 2
            limit = self.random.uniform(3, 6)
            words = ["--max-hours", str(limit / 3600)] if limited else []
            job = self.job("r9", ranks=ranks, words=words, settings=long_run)
            if not limited:
                while commits_in(out) == 0 and job.process.poll() is None:
                    time.sleep(0.01)
                time.sleep(self.random.uniform(0, 0.5))
                asked = time.monotonic()
                job.process.send_signal(signal.SIGUSR1)
            code = job.wait()
            late = job.seconds - limit if limited else time.monotonic() - asked
            slowest = max(slowest, late)
            prompt += late <= 5  # told, not required: mpirun's own start and end count, too
            if code != STOPPED:
                self.failures.append(f"R9 try {i} on {ranks} ranks: exit code {code}")
            else:
                good += self.verified(out, f"R9 try {i}")
        return good, tries, (f"{prompt} within 5 s of the signal or the limit, the slowest {slowest:.2f} s, "
                             "start and end of mpirun included")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--only", default="R1,R2,R3,R4,R6,R7,R8,R9")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--at-most", type=int, help="tries per promise")
    for tool in ("echelon", "mpiexec", "file_shim", "mpi_shim"):
        parser.add_argument(tool)
    arguments = parser.parse_args()
    failures = []
    with scratch() as folder:
        promises = Promises(arguments, folder)
        print(f"{'':4}{'kept':>10}  seconds  promise", flush=True)
        for name in arguments.only.split(","):
            test = getattr(promises, name.lower())
            began = time.monotonic()
            good, tries, remark = test()
            if good < tries and not promises.failures:
                promises.failures.append(f"{name}: {good} of {tries}")
            print(f"{name:4}{f'{good}/{tries}':>10}  {time.monotonic() - began:7.0f}  {test.__doc__}; {remark}",
                  flush=True)
        failures = promises.failures
    for failure in failures:
        print("FAILED", failure)
    sys.exit(1 if failures else 0)


main()
