#!/usr/bin/env python3
"""The program from outside: exit codes, one message on standard error, results on standard output.

Usage: cli_test.py ECHELON"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

ECHELON = sys.argv.pop(1)


def echelon(*words, cwd=None):
    return subprocess.run([ECHELON, *map(str, words)], capture_output=True, text=True, timeout=60, cwd=cwd)


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def config(self, text):
        path = self.folder / "test.cfg"
        path.write_text(text)
        return path

    def refused(self, code, message, *words):
        """The command ends with this code and one line on standard error that holds the message."""
        done = echelon(*words)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(done.stderr.startswith("echelon: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(message, done.stderr)

    def test_help(self):
        page = echelon("--help")
        self.assertEqual(page.returncode, 0)
        names = [line.split()[1] for line in page.stdout.splitlines() if line.startswith("    echelon ")]
        self.assertIn("config", names)
        for name in names:
            one = echelon(name, "--help")
            self.assertEqual((one.returncode, one.stderr), (0, ""), name)
            self.assertIn(f"echelon {name}", one.stdout)

    def test_no_command(self):
        self.assertEqual(echelon().returncode, 64)

    def test_version_names_build_and_libraries(self):
        done = echelon("version")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for word in ("echelon ", "build id", "instruction set", "Eigen", "HDF5", "MPI"):
            self.assertIn(word, done.stdout)
        self.assertEqual(echelon("--version").stdout, done.stdout)

    def test_usage_errors(self):
        self.refused(64, "unknown command 'rum'", "rum")
        self.refused(64, "--quick", "config", "--quick")
        self.refused(64, "unexpected argument 'b'", "config", "a", "b")
        self.refused(64, "unexpected argument 'x'", "version", "x")
        self.refused(64, "no '='", "config", "--set", "run.seed")

    def test_config_file_errors(self):
        self.refused(66, "nowhere.cfg", "config", self.folder / "nowhere.cfg")
        self.refused(66, "no such file", "config", self.folder)
        self.refused(64, "test.cfg: unknown key 'run.sweps' (did you mean run.sweeps?)", "config",
                     self.config("[run]\nsweps = 3\n"))
        self.refused(64, "twice", "config", self.config("[run]\nseed = 3\nseed = 4\n"))
        self.refused(64, "bytes", "config", self.config("#" * (1 << 21)))

    def test_config_reads_back(self):
        own = self.config("[network]\nwidths = 5,4,3\n[run]\nsweeps = 40000 # many\n")
        first = echelon("config", own, "--set", "run.seed=9")
        self.assertEqual((first.returncode, first.stderr), (0, ""))
        for line in ("seed = 9", "widths = 5,4,3", "sweeps = 40000", "thin-weights = 40"):
            self.assertIn(f"\n{line}\n", first.stdout)
        self.assertEqual(echelon("config", self.config(first.stdout)).stdout, first.stdout)

    def test_shipped_configurations_are_good(self):
        shipped = sorted((pathlib.Path(__file__).parents[2] / "mpi_jobs").glob("*.cfg"))
        self.assertTrue(shipped)
        for path in shipped:
            done = echelon("config", path)
            self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
