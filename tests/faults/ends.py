"""R6, R10, R13: failing disks, failing ranks and numbers that are none, each with its exit code."""
import h5py
import numpy

from harness import DATA, DONE, IO, LOCKED, USAGE
from jobs import STOPPED, emptied
from kills import file_calls, mpi_points

INTERNAL = 70


def r6(bench):
    """the n-th file-system call fails with ENOSPC or EIO: documented exit code, resumes"""
    calls = len(file_calls(bench, "r6"))
    points = min(calls, bench.count(6, 60))
    good, codes = 0, {}
    for i in range(points):
        kind = ("ENOSPC", "EIO", "full")[i % 3]
        at = 1 + i * calls // points
        out = emptied(bench.folder / "r6")
        code = bench.job("r6", fault={"DIR": out, "KIND": kind, "AT": at}).wait()
        codes[code] = codes.get(code, 0) + 1
        if code in (DONE, DATA, LOCKED, IO):
            good += bench.resumes_equal("r6", f"R6 {kind} at call {at}")
        else:
            bench.fail(f"R6 {kind} at call {at} of {calls}: exit code {code}")
    return good, points, f"exit codes {codes}"


def full(bench):
    """a full disk: keeps sampling and commits when there is space again, else gives up with 74"""
    # From the first commit on: a directory without room to begin is another matter.
    start = 1 + next(i for i, line in enumerate(file_calls(bench, "full")) if "segment-" in line)
    # Commits by sweeps, so that a spell ends before the run does on a machine of any speed.
    seldom = {"output.checkpoint-sweeps": 100, "run.sweeps": 1200}
    bits = bench.bits_of("roomy", settings=seldom)
    good, spells = 0, bench.count(2, 10)
    for i in range(spells):
        out = emptied(bench.folder / "full")
        fault = {"DIR": out, "KIND": "full", "AT": start + 5 * i, "FOR": 10 + i}
        job = bench.job("full", settings=seldom, fault=fault)
        code = job.wait()
        told = "not saved, its draws wait in memory" in (out / "log.txt").read_text()
        good += (code == DONE and told) or bench.fail(f"a spell of a full disk: {code}, {job.errors[-300:]}")
        bench.resumes_equal("full", "a spell of a full disk", bits, settings=seldom)
    out = emptied(bench.folder / "full")
    lasting = {"output.checkpoint-minutes": 0.01, "output.checkpoint-sweeps": 0, "run.sweeps": 1000000}
    job = bench.job("full", settings=lasting, fault={"DIR": out, "KIND": "full", "AT": start})
    code = job.wait()
    ended = "cannot be committed" in (out / "log.txt").read_text()
    good += (code == IO and ended) or bench.fail(f"a full disk: exit code {code}: {job.errors[-300:]}")
    code = bench.job("full", settings=lasting, words=["--max-hours", "1e-9"]).wait()
    good += code == STOPPED or bench.fail(f"after a full disk: exit code {code}")
    return good, spells + 2, f"{spells} spells, one that stays"


def r10(bench):
    """any rank-local failure ends the job with a non-zero code and one message"""
    ranks, good, tries, slowest, codes = 3, 0, 0, 0.0, {}
    kinds = ("fail", "memory", "abort") if bench.long else ("fail", "memory")
    points = [({**fault, "MPI_KIND": kind}, f"{kind} on rank {rank} {what}")
              for rank in range(ranks) for fault, what in mpi_points(bench, rank, ranks, each=1)
              if fault["MPI_WHEN"] == "before" for kind in kinds]
    if not bench.long:
        points = points[::5]
    for fault, what in points[:bench.most]:
        emptied(bench.folder / "r10")
        job = bench.job("r10", ranks=ranks, fault=fault)
        code = job.wait(60)
        tries += 1
        slowest = max(slowest, job.seconds)
        codes[code] = codes.get(code, 0) + 1
        # A starved rank may not get a word out, find that it has memory enough, or be Open MPI's.
        if fault["MPI_KIND"] == "fail":
            kept = code == INTERNAL and len(job.messages()) == 1
        else:
            kept = code is not None and len(job.messages()) <= 1
        good += kept or bench.fail(f"R10 {what}: exit code {code}, {job.errors[-500:]}")
    return good, tries, f"{ranks} ranks, exit codes {codes}, slowest {slowest:.1f} s with its start"


def spoilt_data(bench):
    """Entry points of data: a name, settings, the exit code and what the message says."""
    shape = {"train/inputs": (40, 8), "train/targets": (40, 3), "test/inputs": (20, 8), "test/targets": (20, 3)}
    draw = numpy.random.default_rng(1)
    # What else the demo sets of the data, back to the defaults.
    settings = {"data.source": "hdf5", "data.widths": "8,4,3", "data.samples": 1000, "data.noise": 0}
    for place in shape:
        for bad in (numpy.nan, numpy.inf):
            file = bench.folder / f"{place.replace('/', '-')}-{bad}.h5"
            with h5py.File(file, "w") as data:
                for name, size in shape.items():
                    data[name] = draw.uniform(-1, 1, size)
                data[place][3, 2] = bad
            yield place, {**settings, "data.file": file}, DATA, (file.name, f"/{place}", str(bad), "(3, 2)")
    file = bench.folder / "reference.h5"
    with h5py.File(file, "w") as data:
        data["W1"], data["W2"] = numpy.zeros((6, 8)), numpy.full((3, 6), numpy.nan)
    yield "reference", {"network.reference": file}, DATA, (file.name, "/W2", "not finite")
    file = bench.folder / "huge.h5"
    with h5py.File(file, "w") as data:
        for name, size in shape.items():
            data[name] = draw.uniform(-1, 1, size) * (1e30 if "targets" in name else 1)
    yield ("loss at the start", {**settings, "data.file": file, "network.output": "identity"}, INTERNAL,
           ("mean training loss at the start is nan",))


NUMBERS = ["prior.scale", "temperature.a", "kernel.step", "ladder.min-beta", "data.noise", "output.checkpoint-minutes"]


def r13(bench):
    """NaN or Inf in data or loss: named in the same sweep, never stored"""
    cases = [*spoilt_data(bench)]
    cases += [(key, {key: bad}, USAGE, (key, "not finite")) for key in NUMBERS for bad in ("nan", "inf")]
    cases += [("prior draws", {"prior.scale": "1e30", "network.output": "identity", "ladder.rungs": 1, "ladder.betas": "0,1"},
               INTERNAL, ("draws from the prior in a row", "narrow the prior"))]
    good = 0
    for name, settings, expected, words in cases:
        out = emptied(bench.folder / "r13")
        job = bench.job("r13", settings=settings)
        code = job.wait()
        said = all(word in job.errors for word in words)
        stored = (out / "run.h5").exists() and not finite(out)
        kept = code == expected and said and not stored
        good += kept or bench.fail(f"R13 {name}: exit code {code}: {job.errors[-300:]}")
    wild = {"kernel.step": "1e18", "kernel.adapt-steps": "false", "network.output": "identity"}
    bench.bits_of("wild", settings=wild)
    with h5py.File(bench.folder / "wild" / "run.h5") as file:
        counted = file["trace/non_finite"][()].sum()
    kept = counted > 0 and finite(bench.folder / "wild")
    good += kept or bench.fail(f"R13 proposals: {counted} counted")
    return good, len(cases) + 1, f"{len(cases)} entry points refused; {counted:.0f} proposals without a finite loss"


def finite(out):
    with h5py.File(out / "run.h5") as file:
        return all(numpy.isfinite(file[name][()]).all()
                   for name in ("trace/train_loss", "sample_stats/train_loss", "sample_stats/lp"))
