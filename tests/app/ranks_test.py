#!/usr/bin/env python3
"""The promise that tempering rests on, with the real program: every draw, trace and ladder data set
has the same bits on 1, 2, 3, 4 and 8 ranks, whether a rank holds several replicas or teams of ranks
share one, for one ladder and for two, whatever the estimator.

Usage: ranks_test.py ECHELON MPIEXEC"""
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py

ECHELON, MPIEXEC = sys.argv[1:3]
del sys.argv[1:3]
DEMO = pathlib.Path(__file__).parents[2] / "mpi_jobs" / "demo.cfg"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_rmaps_base_oversubscribe="1")
# 600 samples are two leaves of a sum: teams of three have a member without any.
SMALL = ["data.samples=600", "data.test-count=50", "run.warmup=18", "run.sweeps=12", "run.thin=2"]
# name: settings, and the ranks on which teams share a replica
CASES = {
    "one ladder": (["ladder.rungs=3", "ladder.ladders=1"], {4, 8}),
    "two ladders": (["ladder.rungs=3", "ladder.ladders=2"], {8}),
    "two ladders without teams": (["ladder.rungs=5", "ladder.ladders=2", "kernel.inner-steps=1"], set()),
    "a ladder that grows": (["ladder.rungs=auto", "ladder.ladders=1", "temperature.a=1e-3,1e-3", "run.warmup=60"], set()),
    "annealed": (["ladder.rungs=3", "ladder.ladders=1", "kernel.estimator=annealed", "kernel.particles=2"], {4, 8}),
    "collapsed, from a table": (["ladder.rungs=1", "ladder.ladders=1", "kernel.estimator=collapsed",
                                 "network.output=identity", "data.task=values", "ladder.table=TABLE"], {8}),
}


def hashes(directory):
    """One hash per data set of run.h5, and what kind of data it is; wall times have no promise."""
    out = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("timing"):
            out[name] = hashlib.sha256(repr((item.shape, item.dtype)).encode() + item[()].tobytes()).hexdigest()

    with h5py.File(directory / "run.h5") as file:
        file.visititems(add)
    return out


class Ranks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_on(self, ranks, settings):
        out = self.folder / str(ranks)
        words = [word for each in (*SMALL, *settings) for word in ("--set", each)]
        done = subprocess.run(["timeout", "-k", "10", "100", MPIEXEC, "--oversubscribe", "-n", str(ranks), ECHELON,
                               "run", DEMO, "--out", out, *words], capture_output=True, text=True, env=ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual("share a replica's data" in done.stderr, ranks in self.teams, done.stderr)
        return hashes(out)

    def check(self, name):
        settings, self.teams = CASES[name]
        (self.folder / "table").write_text("prior\n.2 .1   # hot\n.02, .01\n.005, .005\n")
        settings = [setting.replace("TABLE", str(self.folder / "table")) for setting in settings]
        alone = self.run_on(1, settings)
        for wanted in ("posterior/W1", "sample_stats/lp", "trace/log_ratio", "ladder/replica_at", "ladder/round_trips"):
            self.assertIn(wanted, alone)
        for ranks in (2, 3, 4, 8):
            self.assertEqual(self.run_on(ranks, settings), alone, f"{ranks} ranks")


for case in CASES:
    setattr(Ranks, "test_" + case.replace(" ", "_").replace(",", ""), lambda self, name=case: self.check(name))

if __name__ == "__main__":
    unittest.main()
