"""R1, R2, R4: jobs, ranks and system calls that end with a kill -9."""
import signal
import time

from harness import DONE
from jobs import commits_in, emptied


def r1(bench):
    """kill -9 of the whole job at a random instant, resume: bitwise equal"""
    good, tries, midway = 0, bench.count(20, 200), 0
    seconds = {ranks: bench.duration(ranks) for ranks in (1, 2)}
    for i in range(tries):
        ranks = 1 + i % 2
        out = emptied(bench.folder / "r1")
        job = bench.job("r1", ranks=ranks)
        # A start is long and mostly MPI's: three of four strike once there is something to lose.
        while i % 4 and not commits_in(out) and job.process.poll() is None:
            time.sleep(0.001)
        left = seconds[ranks] - (time.monotonic() - job.began) if i % 4 else seconds[ranks]
        time.sleep(bench.random.uniform(0, max(0.05, left)))
        job.kill()
        job.wait()
        midway += commits_in(out) > 0 and job.process.returncode != DONE
        good += bench.resumes_equal("r1", f"R1 try {i}", ranks=3 - ranks)
    return good, tries, f"{midway} of them between the first commit and the end"


def mpi_calls(bench, rank, ranks):
    """The names of a rank's MPI calls, in order."""
    log = bench.folder / "calls"
    log.unlink(missing_ok=True)
    emptied(bench.folder / "counted")
    job = bench.job("counted", ranks=ranks, fault={"RANK": rank, "MPI_LOG": log})
    assert job.wait() == DONE, job.errors
    return log.read_text().split()


def mpi_points(bench, rank, ranks, each, names=None):
    """Moments in the life of a rank: `each` calls of every function, before and after it."""
    calls = mpi_calls(bench, rank, ranks)
    for name in names or sorted(set(calls)):
        places = [at for at, call in enumerate(calls, start=1) if call == name]
        for i in range(min(each, len(places))):
            at = places[(2 * i + 1) * len(places) // (2 * min(each, len(places)))]
            for when in ("before", "after"):
                yield {"RANK": rank, "MPI_AT": at, "MPI_WHEN": when}, f"{when} {name} {at} of {len(calls)}"


def file_calls(bench, name, ranks=1):
    """One line per file-system call of a run."""
    log = bench.folder / "log"
    log.unlink(missing_ok=True)
    out = emptied(bench.folder / name)
    job = bench.job(name, ranks=ranks, fault={"DIR": out, "LOG": log})
    assert job.wait() == DONE, job.errors
    emptied(out)
    return log.read_text().splitlines()


def writing_points(bench, name, ranks, every):
    """Calls of the root in the middle of a run: a segment, a checkpoint and a manifest half written;
    before a rename, between it and the directory's fsync, and after; or every call of a commit."""
    lines = file_calls(bench, name, ranks)
    renames = [at for at, line in enumerate(lines, start=1) if line.startswith("rename")]
    middle = next(i for i in range(len(renames) // 2, len(renames)) if "segment" in lines[renames[i] - 1])
    commit = range(renames[middle - 1] + 3, renames[middle + 4] + 3)
    published = renames[middle + 3]  # the manifest's
    chosen = [at for at in commit if lines[at - 1].startswith("write")] + [published, published + 1, published + 3]
    for at in commit if every else chosen:
        yield {"DIR": bench.folder / name, "KIND": "torn", "AT": at}, f"writing, {lines[at - 1].split()[0]} {at}"


def r2(bench):
    """one rank killed, in each phase: the job ends, resume is bitwise equal"""
    ranks, good, tries, slowest = 2, 0, 0, 0.0
    # A sweep's decisions follow from one all-gather; all ranks learn the fate of a commit together.
    names = None if bench.long else ("Allgatherv", "Allreduce")
    points = [(fault, f"rank {rank} {what}") for rank in (0, ranks - 1)
              for fault, what in mpi_points(bench, rank, ranks, 1, names)]
    points += list(writing_points(bench, "r2", ranks, bench.long))
    for fault, what in points[:bench.most]:
        emptied(bench.folder / "r2")
        job = bench.job("r2", ranks=ranks, fault=fault)
        code = job.wait()
        tries += 1
        slowest = max(slowest, job.seconds)
        if code in (None, DONE):
            bench.fail(f"R2 {what}: exit code {code}")
        else:
            good += bench.resumes_equal("r2", f"R2 {what}", ranks=1)
    return good, tries, f"slowest job, start-up included, {slowest:.1f} s"


def r4(bench):
    """die at the n-th file-system call of the program (the toy run tries every n): bitwise equal"""
    calls = len(file_calls(bench, "r4"))
    points = min(calls, bench.count(10, 40))
    good = 0
    for i in range(points):
        at = 1 + i * calls // points
        out = emptied(bench.folder / "r4")
        code = bench.job("r4", fault={"DIR": out, "KIND": "kill", "AT": at}).wait()
        if code != -signal.SIGKILL:
            bench.fail(f"R4 call {at} of {calls}: exit code {code}")
        else:
            good += bench.resumes_equal("r4", f"R4 call {at} of {calls}")
    return good, points, f"{calls} calls in the run"
