#!/usr/bin/env python3
"""`echelon certify` from outside: the same bits on any number of ranks, across stops and kills, the
bound that its own numbers give, refusals.

Usage: certify_test.py ECHELON MPIEXEC"""
import contextlib
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import h5py
import numpy

sys.path.append(str(pathlib.Path(__file__).parents[1] / "faults"))
from jobs import family  # noqa: E402

ECHELON, MPIEXEC = sys.argv[1:3]
del sys.argv[1:3]
DEMO = pathlib.Path(__file__).parents[2] / "mpi_jobs" / "demo.cfg"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_rmaps_base_oversubscribe="1")
SMALL = ["data.samples=600", "temperature.a=0,2e-3", "kernel.inner-steps=0", "kernel.proposal=unit-pcn",
         "kernel.precondition=inputs", "network.reference=zero", "certify.rungs=12",
         "certify.min-beta=.01", "certify.moves=2", "certify.pilot-moves=3", "certify.pilots=2"]

HAMILTONIAN = ["kernel.proposal=hmc", "kernel.leapfrog=3", "kernel.step=1"]
COLLAPSED = ["kernel.estimator=collapsed", "network.output=identity", "temperature.a=2e-3,2e-3"]


def command(out, *words, ranks=None, more=()):
    launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
    settings = [word for each in (*SMALL, *more) for word in ("--set", each)]
    return [*launcher, ECHELON, "certify", DEMO, "--out", out, *settings, *words]


def echelon(*words):
    return subprocess.run(["timeout", "-k", "10", "100", *map(str, words)], capture_output=True,
                          text=True, env=ENVIRONMENT)


def arrays(directory):
    out = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset):
            out[name] = (item.shape, item[()].tobytes())

    with h5py.File(pathlib.Path(directory) / "run.h5") as file:
        file.visititems(add)
    return out


def kl(q, p):
    return sum(a * math.log(a / b) for a, b in ((q, p), (1 - q, 1 - p)) if a > 0)


class Certify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.whole = cls.folder / "whole"
        cls.done = echelon(*command(cls.whole, "--chains", "3"))
        assert cls.done.returncode == 0, cls.done.stderr

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def test_bound_is_what_its_numbers_give(self):
        with h5py.File(self.whole / "run.h5") as file:
            group = file["certificate"]
            self.assertEqual(group["work"].shape, (3,))
            mean = group["work"][()].mean()
            error = group["train_error"][()].mean()
            complexity = (mean + math.log(2 * math.sqrt(600) / .035)) / 600
            self.assertAlmostEqual(group["mean_work"][0], mean, 9)
            self.assertAlmostEqual(kl(error, group["certified_error"][0]), complexity, 9)
            self.assertAlmostEqual(
                kl(group["train_loss"][()].mean() / 2, group["certified_loss"][0] / 2), complexity, 9)
            self.assertEqual(file["posterior/W1"].shape, (3, 1, 6, 8))
            # The work from the losses that the chains left each rung with.
            beta, loss = group["path/beta"][()] / 2e-3, group["path/train_loss"][()]
            work = (numpy.diff(beta) * loss[:, :-1]).sum(axis=1) - beta[-1] * loss[:, -1]
            numpy.testing.assert_allclose(work, group["work"], rtol=1e-9)
        self.assertIn("CERTIFIED", self.done.stdout)
        self.assertIn("CERTIFIED", echelon(ECHELON, "bounds", self.whole).stdout)
        found = json.loads(echelon(ECHELON, "bounds", self.whole, "--json").stdout)
        self.assertAlmostEqual(found["mean_work"], mean, 9)
        self.assertEqual(echelon(ECHELON, "verify", self.whole).returncode, 0)

    def test_bits_do_not_depend_on_ranks(self):
        for ranks in (1, 2, 3, 5):
            out = self.folder / f"ranks{ranks}"
            done = echelon(*command(out, "--chains", "3", ranks=ranks))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(arrays(out), arrays(self.whole), ranks)
        several = []  # slopes are summed over a team of ranks at 5 of them
        for ranks in (1, 5):
            out = self.folder / f"hamiltonian{ranks}"
            done = echelon(*command(out, "--chains", "3", ranks=ranks, more=HAMILTONIAN))
            self.assertEqual(done.returncode, 0, done.stderr)
            several.append(arrays(out))
        self.assertEqual(*several)

    def test_stopped_chains_go_on(self):
        out = self.folder / "stopped"
        process = subprocess.Popen([str(w) for w in command(out, "--chains", "3", more=["certify.pilot-moves=3"])],
                                   env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (out / "manifest.json").exists() and process.poll() is None:
            time.sleep(.005)
        process.send_signal(signal.SIGUSR1)
        self.assertIn(process.wait(60), (0, 85))
        done = echelon(*command(out, "--chains", "3", ranks=2))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(arrays(out), arrays(self.whole))

    def test_killed_chains_go_on(self):
        """kill -9 of all ranks at four instants between start and end, resumed on another number."""
        every_step = "output.checkpoint-sweeps=1"
        midway = 0
        for scales, more, shares in (("one", HAMILTONIAN, (.4, .8)), ("two", COLLAPSED, (.6, .9))):
            whole = self.folder / f"{scales}-whole"
            began = time.monotonic()
            self.assertEqual(echelon(*command(whole, "--chains", "3", ranks=2, more=[*more, every_step])).returncode, 0)
            seconds = time.monotonic() - began
            for i, share in enumerate(shares):
                out = self.folder / f"{scales}-killed{i}"
                words = command(out, "--chains", "3", ranks=1 + i % 3, more=[*more, every_step])
                process = subprocess.Popen([str(w) for w in words], env=ENVIRONMENT,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(share * seconds)
                for pid in family(process.pid):
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                midway += process.wait() != 0 and (out / "manifest.json").exists()
                done = echelon(*command(out, "--chains", "3", ranks=1 + (i + 1) % 3, more=[*more, every_step]))
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(arrays(out), arrays(whole), (scales, share))
        self.assertGreater(midway, 0, "no kill met chains that had begun")

    def test_a_kill_after_the_last_commit_loses_no_view(self):
        """run.h5 as it was at the last commit but one, and none at all, under a manifest that is final."""
        for name in ("stale", "missing"):
            out = self.folder / name
            shutil.copytree(self.whole, out)
            (out / "run.h5").unlink()
            if name == "stale":
                begun = self.folder / "begun"
                self.assertEqual(echelon(*command(begun, "--chains", "3", "--max-hours", "1e-9")).returncode, 85)
                shutil.copy(begun / "run.h5", out / "run.h5")
            done = echelon(*command(out, "--chains", "3"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(arrays(out), arrays(self.whole), name)

    def test_a_directory_keeps_its_chains(self):
        for more, words, message in ((["certify.seed=2"], [], "certify.seed"), ([], ["--chains", "2"], "certify.chains")):
            other = echelon(*command(self.whole, *(words or ["--chains", "3"]), more=more))
            self.assertEqual(other.returncode, 64, other.stderr)
            self.assertIn(message, other.stderr)
        again = echelon(*command(self.whole, "--chains", "3"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("CERTIFIED", again.stdout)

    def test_what_is_not_exact_is_refused(self):
        for more in (["temperature.a=1e-3,1e-3"], ["kernel.estimator=paper", "kernel.inner-steps=2"]):
            done = echelon(*command(self.folder / "refused", more=more))
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertIn("assume equilibrium", done.stderr)

    def test_collapsed_certifies_two_scales(self):
        out = self.folder / "collapsed"
        done = echelon(*command(out, "--chains", "2", more=COLLAPSED))
        self.assertEqual(done.returncode, 0, done.stderr)
        with h5py.File(out / "run.h5") as file:
            self.assertTrue(numpy.isfinite(file["certificate/work"]).all())
            self.assertTrue(numpy.isnan(file["certificate/certified_loss"][0]))
            self.assertLess(file["certificate/certified_error"][0], 1)


if __name__ == "__main__":
    unittest.main()
