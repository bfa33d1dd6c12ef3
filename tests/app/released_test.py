#!/usr/bin/env python3
"""A run directory of the first program of format 1 is read, verified and gone on with for ever, by
programs that know further keys, tables and columns.

Usage: released_test.py ECHELON RUN_FORMAT_1.TAR.XZ"""
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import unittest

import h5py
import numpy

ECHELON, ARCHIVE = map(os.path.abspath, sys.argv[1:3])
del sys.argv[1:3]
SWEEPS = 12  # of which 6 are warm-up; it kept every second


class Released(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with tarfile.open(ARCHIVE) as archive:
            archive.extractall(folder.name)
        self.run = os.path.join(folder.name, "run_format_1")

    def echelon(self, *words, code=0):
        done = subprocess.run([ECHELON, *words], cwd=self.run, capture_output=True, text=True, timeout=100)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def go_on(self, sweeps):
        return self.echelon("run", "run.cfg", "--out", ".", "--set", f"run.sweeps={sweeps}")

    def shown(self, name):
        with h5py.File(os.path.join(self.run, "run.h5")) as file:
            return file[name][()]

    def test_is_complete_and_gets_its_view_again(self):
        self.assertIn("is complete", self.go_on(6).stderr)
        self.assertEqual(self.shown("posterior/W1").shape, (1, 3, 3, 4))
        self.assertTrue(numpy.isfinite(self.shown("trace/train_loss")).all())

    def test_is_read(self):
        self.echelon("verify", ".")
        state = json.loads(self.echelon("status", ".", "--json").stdout)
        self.assertEqual((state["sweeps_done"], state["state"]), (SWEEPS, "complete"))
        self.echelon("summarize", ".")
        self.echelon("export", ".", "--to", "export.nc")

    def test_goes_on(self):
        self.go_on(6)
        before = {name: self.shown(name) for name in ("trace/train_loss", "posterior/W1", "sample_stats/lp")}
        said = self.go_on(10).stderr
        self.assertIn("another program", said)
        self.assertIn("resuming", said)
        for name, values in before.items():
            after = self.shown(name)
            axis = 2 if name.startswith("trace") else 1
            self.assertEqual(after.shape[axis], values.shape[axis] + (4 if axis == 2 else 2))
            numpy.testing.assert_array_equal(numpy.take(after, range(values.shape[axis]), axis), values)
            self.assertTrue(numpy.isfinite(after).all(), name)
        self.echelon("verify", ".")
        self.echelon("export", ".", "--to", "export.nc")
        self.assertIn("complete, sweep 16 of 16", self.echelon("status", ".").stdout)


if __name__ == "__main__":
    unittest.main()
