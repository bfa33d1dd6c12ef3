#!/usr/bin/env python3
"""The job templates on a real SLURM: warned, cancelled, requeued, chained, struck by a failing node,
and the same bits all the while. Usage: slurm_test.py ECHELON

All jobs are submitted at once and looked after one by one; the failing node comes last."""
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import h5py

ROOT = pathlib.Path(__file__).parents[2]
sys.path[1:1] = [str(ROOT / "tests" / "faults"), str(ROOT / "tests" / "docs")]
from blocks import blocks_of, pretend_clone  # noqa: E402
from cluster import Cluster, wait_for, why_not  # noqa: E402
from jobs import fingerprint  # noqa: E402

ECHELON = pathlib.Path(sys.argv.pop(1)).resolve()
SKIPPED = 77
LONG_ENOUGH = 240  # seconds; a second or two each on an idle machine

# The demo made small: a second or two on two ranks, with commits all the time.
SMALL = {"data.samples": 600, "ladder.rungs": 3, "run.warmup": 100, "run.sweeps": 1500, "run.thin": 3,
         "run.thin-weights": 60, "output.checkpoint-minutes": 0.002}
ENDLESS = {"run.sweeps": 100000000}
RARE_COMMITS = {"output.checkpoint-minutes": 60}
OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")


def settings(changes):
    return [word for key, value in changes.items() for word in ("--set", f"{key}={value}")]


def echelon(*words):
    return subprocess.run([ECHELON, *map(str, words)], capture_output=True, text=True, timeout=LONG_ENOUGH)


class Job:
    """One submitted job (or one task of an array), its log and its run directory."""

    def __init__(self, number, log, run):
        self.number, self.log, self.run = number, log, run

    def text(self):
        return self.log.read_text() if self.log.exists() else ""

    def state(self):
        return CLUSTER.field(self.number, "JobState")

    def wait_until(self, what, condition):
        wait_for(lambda: f"job {self.number} {what}, now {self.state()}: {self.text()[-2000:]}\n{CLUSTER.logs()}",
                 condition, LONG_ENOUGH)

    def end(self):
        """(state, exit code) once the job is over."""
        self.wait_until("to end", lambda: self.state() in OVER)
        return self.state(), int(CLUSTER.field(self.number, "ExitCode").split(":")[0])

    def wait_for_log(self, words, times=1):
        self.wait_until(f"to say '{words}'", lambda: self.text().count(words) >= times)

    def wait_for_commit(self):
        self.wait_until("to commit", lambda: any(self.run.glob("checkpoint-*.h5")))

    def warn(self):
        """What SLURM does before the time limit, now."""
        CLUSTER.do("scancel", "--signal=USR1", "--batch", self.number)

    def restarts(self):
        return int(CLUSTER.field(self.number, "Restarts"))


def submit(template, name, *options, words=(), launcher="srun --mpi=pmix", most_restarts=5, log=None):
    """sbatch, as a user calls it but for the size of the job."""
    site = FOLDER / f"{name}-site.sh"
    site.write_text(f"site_modules=()\nsite_launcher=({launcher})\nsite_echelon='{ECHELON}'\n"
                    f"site_most_restarts={most_restarts}\n")
    run = FOLDER / f"a run of {name}"
    number = CLUSTER.do("sbatch", "--parsable", f"--job-name={name}", *options, ROOT / "mpi_jobs" / template,
                        CONFIG, run, *words, cwd=FOLDER,
                        env={"ECHELON_HOME": ROOT, "ECHELON_SITE": site}).strip()
    return Job(number, FOLDER / (log or f"{name}-{number}.log"), run)


def warn_after_first_commit(jobs):
    """While there is something left to do: they are short."""
    waiting = list(jobs)

    def all_warned():
        for job in [job for job in waiting if any(job.run.glob("checkpoint-*.h5"))]:
            job.warn()
            waiting.remove(job)
        return not waiting

    wait_for(lambda: f"first commits of jobs {[job.number for job in waiting]}\n{CLUSTER.logs()}", all_warned,
             LONG_ENOUGH)


class OnOneNode(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.requeued = {
            launcher: submit("long_run.sbatch", f"requeued{i}", "--ntasks=2", launcher=launcher)
            for i, launcher in enumerate(("srun --mpi=pmix", "mpirun"))}
        cls.limited = submit("long_run.sbatch", "limited", "--ntasks=1", "--time=1", "--signal=B:USR1@30",
                             words=settings(ENDLESS | RARE_COMMITS))
        cls.cancelled = submit("one_node.sbatch", "cancelled", "--ntasks=2", words=settings(ENDLESS | RARE_COMMITS))
        cls.capped = submit("long_run.sbatch", "capped", "--ntasks=1", words=settings(ENDLESS), most_restarts=0)
        cls.chain = [submit("chain.sbatch", "chain", "--ntasks=1") for _ in range(3)]
        cls.seeds = submit("array.sbatch", "seeds", "--array=1-3", "--ntasks=1")
        warn_after_first_commit([*cls.requeued.values(), cls.chain[0]])
        cls.whole = FOLDER / "whole"
        done = echelon("run", CONFIG, "--out", cls.whole)
        assert done.returncode == 0, done.stderr

    def assert_same_draws(self, run):
        self.assertEqual(fingerprint(run), fingerprint(self.whole))

    def assert_same_beginning(self, run):
        """The sweeps that both made are the same ones."""
        with h5py.File(run / "run.h5") as one, h5py.File(self.whole / "run.h5") as other:
            for name in ("trace/train_loss", "ladder/replica_at"):
                sweeps = min(one[name].shape[2], other[name].shape[2])
                self.assertGreater(sweeps, 1)
                self.assertTrue((one[name][:, :, :sweeps] == other[name][:, :, :sweeps]).all(), name)

    def test_1_requeues_itself_and_ends_with_the_same_bits(self):
        for launcher, job in self.requeued.items():
            with self.subTest(launcher=launcher):
                self.assertEqual(job.end(), ("COMPLETED", 0), job.text())
                self.assertEqual(job.restarts(), 1, job.text())
                for words in ("warned: committing", "back to the queue, restart 1", "resuming", "finished"):
                    self.assertIn(words, job.text())
                self.assert_same_draws(job.run)

    def test_2_two_jobs_on_one_directory(self):
        first = self.capped
        first.wait_for_commit()
        second = submit("one_node.sbatch", "capped", "--ntasks=1", words=settings(ENDLESS))
        self.assertEqual(second.end(), ("FAILED", 73), second.text())
        self.assertIn("in use", second.text())
        self.assertEqual(first.state(), "RUNNING")

    def test_3_gives_up_after_too_many_restarts(self):
        self.capped.warn()
        self.assertEqual(self.capped.end(), ("FAILED", 85), self.capped.text())
        self.assertIn("giving up", self.capped.text())
        self.assertEqual(self.capped.restarts(), 0)
        self.assert_same_beginning(self.capped.run)

    def test_4_chain_goes_on_where_the_last_job_stopped(self):
        first, second, third = self.chain
        self.assertEqual(first.end(), ("FAILED", 85), first.text())
        self.assertEqual(second.end(), ("COMPLETED", 0), second.text())
        self.assertIn("resuming", second.text())
        self.assertEqual(third.end(), ("COMPLETED", 0), third.text())
        self.assertIn("is complete", third.text())
        self.assert_same_draws(first.run)

    def test_5_cancelled_job_commits_first(self):
        self.cancelled.wait_for_log("sweep 1/")
        CLUSTER.do("scancel", self.cancelled.number)
        self.assertEqual(self.cancelled.end()[0], "CANCELLED")
        run = self.cancelled.run
        wait_for("the commit on SIGTERM", lambda: (run / "run.h5").exists(), LONG_ENOUGH)
        self.assertEqual(echelon("verify", run).returncode, 0)
        self.assertGreater(json.loads(echelon("status", run, "--json").stdout)["sweeps_done"], 0)
        self.assert_same_beginning(run)

    def test_6_array_of_seeds_becomes_chains(self):
        tasks = [Job(f"{self.seeds.number}_{i}", FOLDER / f"seeds-{self.seeds.number}_{i}.log",
                     self.seeds.run / f"run.seed={i}") for i in (1, 2, 3)]
        for task in tasks:
            self.assertEqual(task.end(), ("COMPLETED", 0), task.text())
        summary = json.loads(echelon("summarize", *(task.run for task in tasks), "--json").stdout)
        self.assertEqual(summary["chains"], 6)
        self.assertIsNotNone(summary["quantities"]["train_loss"]["r_hat"])
        file = FOLDER / "all.nc"
        self.assertEqual(echelon("export", *(task.run for task in tasks), "--to", file).returncode, 0)
        with h5py.File(file) as merged:
            self.assertEqual(merged["posterior/W1"].shape[0], 6)

    def test_7_the_time_limit_warns_in_time(self):
        job = self.limited
        job.wait_for_log("back to the queue")
        job.wait_for_log("resuming")
        CLUSTER.do("scancel", job.number)
        job.end()
        self.assertGreaterEqual(job.restarts(), 1)
        self.assert_same_beginning(job.run)

    def test_8_every_command_of_the_guide(self):
        folder = FOLDER / "clone"
        folder.mkdir()
        pretend_clone(folder, ECHELON)
        for block in blocks_of(ROOT / "mpi_jobs" / "README.md"):
            if "sbatch" not in block and "submit" not in block:
                wait_for(lambda: "the guide's jobs: " + CLUSTER.ask("squeue"),
                         lambda: str(folder) not in CLUSTER.do("squeue", "-h", "-o", "%Z"), LONG_ENOUGH)
            done = subprocess.run(["bash", "-c", block], cwd=folder, env=CLUSTER.environment, text=True,
                                  capture_output=True, timeout=LONG_ENOUGH)
            self.assertEqual(done.returncode, 0, block + done.stdout + done.stderr)
        runs = sorted(path.parent for path in folder.glob("runs/**/run.h5"))
        states = json.loads(echelon("status", "--json", *runs).stdout)
        self.assertEqual({state["state"] for state in states}, {"complete"})
        self.assertEqual(len(runs), 11)  # demo, one, long, many, three seeds, two temperatures, chain, table

    def test_9_failed_node(self):
        job = submit("many_nodes.sbatch", "failing", "--nodes=1", "--ntasks-per-node=2")
        job.wait_for_commit()
        CLUSTER.do("scontrol", "update", "NodeName=localhost", "State=DOWN", "Reason=test")
        job.wait_until("to be queued again", lambda: job.state() == "PENDING")
        CLUSTER.do("scontrol", "update", "NodeName=localhost", "State=RESUME")
        self.assertEqual(job.end(), ("COMPLETED", 0), job.text())
        self.assertEqual(job.restarts(), 1)
        self.assertIn("resuming", job.text())
        self.assert_same_draws(job.run)


if __name__ == "__main__":
    if reason := why_not():
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    began = time.monotonic()
    # A short path, as a socket lives in it.
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="echelon-slurm-") as folder:
        FOLDER = pathlib.Path(folder) / "jobs"
        FOLDER.mkdir()
        CONFIG = FOLDER / "small.cfg"
        CONFIG.write_text(echelon("config", ROOT / "mpi_jobs" / "demo.cfg", *settings(SMALL)).stdout)
        (pathlib.Path(folder) / "slurm").mkdir()
        with Cluster(pathlib.Path(folder) / "slurm") as CLUSTER:
            outcome = unittest.main(exit=False, verbosity=2).result
    print(f"{outcome.testsRun} tests on a SLURM of one node in {time.monotonic() - began:.0f} s")
    sys.exit(not outcome.wasSuccessful())
