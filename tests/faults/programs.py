"""R5, R11, R12, R14, R15: what other programs of the suite count, or the run itself."""
import json
import os
import pathlib
import re
import subprocess
import sys

from harness import DATA, DONE, LOCKED, USAGE
from jobs import DEMO, SETTINGS, Job, emptied

HERE = pathlib.Path(__file__).resolve().parent
NO_INPUT = 66
MNIST = DEMO.parent / "mnist_ladder.cfg"
FUZZ_SECONDS = {False: 5, True: 60}


def tests_of(bench, program, pattern, build=None, **variables):
    """Runs those tests of a GoogleTest program: how many passed, how many there are, what it printed."""
    path = (build or bench.build) / "tests" / program
    done = subprocess.run([path, f"--gtest_filter={pattern}"], text=True, capture_output=True,
                          env=dict(os.environ, **variables))
    passed = len(re.findall(r"^\[       OK \]", done.stdout, re.M))
    failed = sorted(set(re.findall(r"^\[  FAILED  \] (\S+)", done.stdout, re.M)))
    ran = len(re.findall(r"^\[ RUN      \]", done.stdout, re.M))
    if done.returncode != 0:
        bench.fail(f"{program}: {' '.join(failed)} (exit code {done.returncode}) {done.stderr[-300:]}")
    return passed, ran, done.stdout


def r5(bench):
    """one bit flipped at every byte, every truncation: never silent, never a crash; falls back"""
    variables = {"ECHELON_LONG_TESTS": "1"} if bench.long else {}
    passed, ran, text = tests_of(bench, "faults/test_flips", "*", **variables)
    counts = re.findall(r"(\d+) bytes flipped, (\d+) truncations, (\d+) unnoticed", text)
    tries = sum(int(flips) + int(cuts) for flips, cuts, _ in counts)
    wrong = sum(int(unnoticed) for _, _, unnoticed in counts)
    return (tries - wrong if passed == ran else 0), tries, f"{len(counts)} files"


NAMES = [  # command-line words after `run`, exit code, what the message names
    (["none.cfg", "--out", "run"], NO_INPUT, "none.cfg"),
    (["folder", "--out", "run"], NO_INPUT, "folder"),
    (["/dev/zero", "--out", "run"], NO_INPUT, "/dev/zero"),
    ([DEMO], USAGE, "--out"),
    ([DEMO, "--out", "file"], LOCKED, "file"),
    ([DEMO, "--out", "file/run"], LOCKED, "file/run"),
    ([DEMO, "--out", "/proc/run"], LOCKED, "/proc/run"),
    ([DEMO, "--out", "x" * 300], LOCKED, "File name too long"),
    ([DEMO, "--out", "loop/run"], LOCKED, "loop"),
    ([DEMO, "--out", "run", "--set", "runseed=1"], USAGE, "run.seed"),
    ([DEMO, "--out", "run", "--set", "run.seed"], USAGE, "run.seed"),
    ([DEMO, "--out", "run", "--set", "network.reference=none.h5"], NO_INPUT, "none.h5"),
    ([DEMO, "--out", "run", "--set", "network.reference=folder"], NO_INPUT, "folder"),
    ([DEMO, "--out", "run", "--set", "network.reference=file"], DATA, "file"),
    ([DEMO, DEMO, "--out", "run"], USAGE, "run"),
    ([DEMO, "--out", "run", "--out", "other"], USAGE, "--out"),
]


def r12(bench):
    """bad input: a clear error naming file and field, no crash, no large allocation"""
    good, tries, kinds = 0, 0, []
    tests = (("data/test_data", "Data/Bad*"), ("app/test_app", "*Bad*")) if bench.long else ()
    for program, pattern in tests:
        passed, ran, text = tests_of(bench, program, pattern)
        good, tries = good + passed, tries + ran
        for name in sorted(set(re.findall(r"(Bad\w+)\.", text))):
            kinds.append(f"{len(re.findall(rf'OK . .*{name}[.]', text))} {name[3:]}")
    (bench.folder / "folder").mkdir(exist_ok=True)
    (bench.folder / "file").write_text("hello")
    (bench.folder / "loop").unlink(missing_ok=True)
    (bench.folder / "loop").symlink_to("loop")
    for words, expected, name in NAMES:
        done = subprocess.run([bench.tools[0], "run", *map(str, words)], cwd=bench.folder, text=True,
                              capture_output=True, timeout=60)
        kept = done.returncode == expected and name in done.stderr and not (bench.folder / "run").exists()
        good += kept or bench.fail(f"R12 {words}: exit code {done.returncode}: {done.stderr[-300:]}")
    kinds.append(f"{len(NAMES)} names")
    return good, tries + len(NAMES), ", ".join(kinds)


def r14(bench):
    """fuzzing of IDX reader, config, manifest and checkpoint loader: no finding"""
    seconds = str(FUZZ_SECONDS[bench.long])
    good, tries, remarks = 0, 0, []
    for program, pattern in (("data/test_data", "*Mutant*"), ("app/test_app", "Fuzz.*"), ("faults/test_fuzz_storage", "*")):
        passed, ran, text = tests_of(bench, program, pattern, bench.sanitized, ECHELON_FUZZ_SECONDS=seconds)
        good, tries = good + passed, tries + ran
        remarks += re.findall(r"(\d+ mutants of [^,\n]*)", text)
    return good, tries, f"{seconds} s each{' under sanitizers' if bench.sanitized else ''}: {', '.join(remarks)}"


def r15(bench):
    """historical bugs put into the sources: a test of the suite fails for each"""
    done = subprocess.run([sys.executable, HERE / "mutants.py", HERE.parents[1], bench.build / "mutants", bench.mpiexec],
                          text=True, capture_output=True)
    counts = re.search(r"^(\d+) of (\d+) mutants killed", done.stdout, re.M)
    if done.returncode != DONE:
        bench.fail(f"mutants.py: {done.stdout[-1000:]}{done.stderr[-300:]}")
    return *(map(int, counts.groups()) if counts else (0, 0)), "which test found which: mutants.py"


def r11(bench):
    """commits cost at most 1 % of the wall time; those at night at the default interval"""
    # With a shorter one the fixed part of a commit weighs more than it will.
    seconds, ran = (300, 660) if bench.long else (2, 12)
    mnist = pathlib.Path(os.environ.get("ECHELON_MNIST_DIR", "none")).is_dir()
    settings = {} if mnist else dict(SETTINGS)
    settings.update({"output.checkpoint-sweeps": 0, "output.checkpoint-minutes": seconds / 60, "run.sweeps": 1000000})
    out = emptied(bench.folder / "r11")
    words = ["--max-hours", str(ran / 3600)]
    job = Job(bench.tools, out, ranks=2, words=words, settings=settings, config=MNIST if mnist else DEMO)
    code = job.wait(2 * ran + 60)
    status = subprocess.run([bench.tools[0], "status", out, "--json"], capture_output=True, text=True)
    if code == DONE or status.returncode != DONE:
        return 0, 1, f"exit code {code}, {status.stderr}{job.errors[-300:]}"
    share = json.loads(status.stdout)["commit_share"]
    return int(share <= 0.01), 1, (f"{'MNIST' if mnist else 'the demo'}, 2 ranks, a commit every {seconds} s: "
                                   f"{100 * share:.3f} % of {ran} s")
