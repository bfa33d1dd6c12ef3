"""R3, R7, R8, R9 and the lock: runs that stop when told to, go on elsewhere, or meet each other."""
import contextlib
import os
import signal
import time

from harness import DONE, LOCKED
from jobs import SETTINGS, STOPPED, commits_in, emptied

ONE_SWEEP = ["--max-hours", "1e-9"]


def r3(bench):
    """stopped after every sweep in turn: bitwise equal"""
    settings = {"run.warmup": 11, "run.sweeps": 49, "run.thin": 3, "run.thin-weights": 6} if bench.long else {}
    warmup, sampling = ({**SETTINGS, **settings}[f"run.{phase}"] for phase in ("warmup", "sweeps"))
    stops = warmup + sampling - 1
    bits = bench.bits_of("unstopped", settings=settings)
    good = 0
    for i in range(stops):
        code = bench.job("r3", words=ONE_SWEEP, settings=settings).wait()
        good += code == STOPPED or bench.fail(f"R3 stop {i + 1}: exit code {code}")
    good += bench.resumes_equal("r3", "R3", bits, settings=settings)
    return good, stops + 1, f"{stops + 1} sweeps, {warmup} of them warm-up"


def r7(bench):
    """1 to 8 ranks: identical bits of every draw and diagnostic"""
    good, tries = 0, 0
    alone = {"ladder.rungs": 1, "ladder.ladders": 1}  # one replica: all ranks are its team
    for settings, counts in (({}, bench.count((2, 3), range(2, 9))), (alone, bench.count((3,), range(2, 9)))):
        emptied(bench.folder / "serial")
        bits = bench.bits_of("serial", settings=settings)
        for ranks in counts:
            emptied(bench.folder / "r7")
            good += bench.resumes_equal("r7", f"R7 on {ranks} ranks", bits, ranks=ranks, settings=settings)
            tries += 1
    return good, tries, "against 1 rank; 6 replicas (teams beyond 6 ranks), and 1 replica (always a team)"


def r8(bench):
    """resume from P on Q ranks: bitwise equal"""
    pairs = bench.count([(1, 2), (2, 1), (2, 3), (3, 2)],
                        [(p, q) for p in (1, 2, 3, 4, 8) for q in (1, 2, 3, 4, 8)])
    good = 0
    for p, q in pairs:
        emptied(bench.folder / "r8")
        codes = [bench.job("r8", ranks=p, words=ONE_SWEEP).wait() for _ in range(2)]
        if codes == [STOPPED, STOPPED]:
            good += bench.resumes_equal("r8", f"R8 {p} -> {q}", ranks=q)
        else:
            bench.fail(f"R8 {p} -> {q}: stopped with {codes}")
    return good, len(pairs), "stopped twice on P, finished on Q"


# How a run is told to stop: what to set, when to send, to whom.

def to_launcher(job):
    job.process.send_signal(signal.SIGUSR1)


def to_ranks(job):
    """As srun does; mpirun passes SIGTERM on, but kills a second later."""
    for pid in job.ranks():
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)


def starting(job, out, ranks):
    """The program has begun on every rank, and has not written anything."""
    while len(job.ranks()) < ranks and job.process.poll() is None:
        time.sleep(0.001)


def sampling(job, out, ranks):
    while commits_in(out) == 0 and job.process.poll() is None:
        time.sleep(0.01)


MANY, FEW = {"run.sweeps": 1000000, "output.checkpoint-sweeps": 50}, {}
WARMUP = {"run.warmup": 1000000, "output.checkpoint-sweeps": 50}
KINDS = [("SIGUSR1", MANY, sampling, to_launcher), ("SIGTERM to the ranks", MANY, sampling, to_ranks),
         ("SIGUSR1 in warm-up", WARMUP, sampling, to_launcher), ("SIGUSR1 at the start", MANY, starting, to_launcher),
         ("SIGUSR1 anywhere", FEW, starting, to_launcher)]


def told(bench, i, ranks):
    """One run that is sent a signal; how long it took to leave."""
    what, settings, until, send = KINDS[i % len(KINDS)]
    out = emptied(bench.folder / "r9")
    job = bench.job("r9", ranks=ranks, settings=settings)
    until(job, out, ranks)
    time.sleep(bench.random.uniform(0, 0.3))
    asked = time.monotonic()
    send(job)
    code = job.wait()
    what = f"R9 {what}, try {i} on {ranks} ranks"
    may_finish = settings is FEW and code == DONE
    good = (code == STOPPED or may_finish or bench.fail(f"{what}: exit code {code}: {job.errors[-300:]}"))
    good = good and bench.verified("r9", what)
    if good and settings is FEW:
        good = bench.resumes_equal("r9", what, ranks=3 - ranks)
    return good, time.monotonic() - asked if settings is not FEW else 0


def limited(bench, i, ranks):
    """One run with a limit; how late it ended."""
    emptied(bench.folder / "r9")
    limit = bench.random.uniform(1, 3 if bench.long else 2)
    job = bench.job("r9", ranks=ranks, words=["--max-hours", str(limit / 3600)], settings=MANY)
    code = job.wait()
    what = f"R9 --max-hours of {limit:.2f} s, try {i} on {ranks} ranks"
    good = code == STOPPED or bench.fail(f"{what}: exit code {code}: {job.errors[-300:]}")
    return good and bench.verified("r9", what), job.seconds - limit


def r9(bench):
    """SIGUSR1, SIGTERM, --max-hours: exit code 85, everything committed and intact"""
    signals, limits = bench.count(len(KINDS), 50), bench.count(2, 50)
    signalled = [told(bench, i, 1 + i % 2) for i in range(signals)]
    late = [limited(bench, i, 1 + i % 2) for i in range(limits)]
    good = sum(kept for kept, _ in signalled + late)
    # Told, not required: a loaded machine, and the start and end of mpirun, count, too.
    after, over = max(seconds for _, seconds in signalled), max(seconds for _, seconds in late)
    return good, signals + limits, (f"{signals} signals, left at most {after:.1f} s after it; {limits} limits, "
                                    f"ended at most {over:+.1f} s after it")


def lock(bench):
    """two jobs started at once in one directory: one runs, the other ends with 73"""
    good, tries = 0, bench.count(2, 20)
    for i in range(tries):
        out = emptied(bench.folder / "lock")
        jobs = [bench.job("lock", ranks=1 + i % 2, settings={"run.sweeps": 60}) for _ in range(2)]
        codes = sorted(job.wait() for job in jobs)
        # The later one may also find the run complete.
        fair = codes in ([DONE, LOCKED], [DONE, DONE]) or bench.fail(f"two jobs ended with {codes}")
        good += fair and bench.verified(out.name, f"two jobs, try {i}")
    return good, tries, "on 1 and 2 ranks each"
