#!/usr/bin/env python3
"""mpi_jobs/two_modes.cfg, whose posterior is symmetric under a change of all signs: a cold replica
never leaves the mode it starts in, the ladder spends half of the time in each.

Usage: modes_test.py ECHELON"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy

ECHELON = sys.argv.pop(1)
CONFIG = pathlib.Path(__file__).parents[2] / "mpi_jobs" / "two_modes.cfg"


class TwoModes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.out = pathlib.Path(folder.name) / "run"

    def modes(self, *settings):
        """Which mode each draw of each chain is in: 1 or 0."""
        words = [word for each in settings for word in ("--set", each)]
        done = subprocess.run([ECHELON, "run", CONFIG, "--out", self.out, *words], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        with h5py.File(self.out / "run.h5") as run:
            self.loss = run["sample_stats/train_loss"][()]
            return (run["posterior/W2"][:, :, 0, 0] > 0).astype(float)

    def test_a_cold_replica_stays_in_its_mode(self):
        modes = self.modes("ladder.rungs=1")
        self.assertEqual(numpy.abs(numpy.diff(modes)).sum(), 0)
        self.assertEqual(sorted(set(modes[:, 0])), [0, 1])  # a chain in each: neither is out of reach
        self.assertLess(self.loss.mean(), 0.02)  # as low as the ladder's: it has found its mode

    def test_the_ladder_visits_both_alike_and_as_often_as_predicted(self):
        modes = self.modes()
        self.assertLess(self.loss.mean(), 0.02)
        # 100 batches of 200 draws, each a few visits long: the error of their mean is right to a tenth.
        batches = modes.reshape(100, -1).mean(axis=1)
        error = batches.std(ddof=1) / 10
        print(f"occupancy {modes.mean():.3f} +- {error:.3f}")
        self.assertLess(error, 0.05)
        self.assertLess(abs(modes.mean() - 0.5), 4 * error)
        state = json.loads(subprocess.run([ECHELON, "status", self.out, "--json"], capture_output=True).stdout)
        travel, acceptance = state["ladder"]["travel"], numpy.array(state["ladder"]["swap_acceptance"])
        predicted = 1 / (2 + 2 * ((1 - acceptance) / acceptance).sum())
        self.assertAlmostEqual(travel["predicted_rate"], predicted, 12)
        expected = 4 * travel["exchanges"] * predicted
        print(f"{travel['round_trips']} round trips, {expected:.0f} predicted; by {travel['replicas']} replicas")
        # The prediction takes losses to be forgotten between exchanges: an ideal that 16 sweeps nearly
        # reach. 250 trips are counted to 6 %.
        self.assertGreater(travel["round_trips"], 0.7 * expected)
        self.assertLess(travel["round_trips"], 1.3 * expected)


if __name__ == "__main__":
    unittest.main()
