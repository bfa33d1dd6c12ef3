"""What tools/submit.sh would do: template, ranks and the whole line, for every kind of job. A stand-in for
sinfo says how many cores a node has, so that this runs where there is no SLURM.

usage: submit_test.py ECHELON"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ECHELON = sys.argv.pop(1)
PROJECT = pathlib.Path(__file__).parents[2]
DEMO = "mpi_jobs/demo.cfg"


class Submission(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.scratch.name)
        (folder / "site.sh").write_text(f"site_echelon={ECHELON}\nsite_launcher=(srun)\n")
        (folder / "sinfo").write_text("#!/bin/sh\nprintf '16+\\n6\\n'\n")
        (folder / "sinfo").chmod(0o755)
        cls.environment = os.environ | {"ECHELON_SITE": str(folder / "site.sh"), "PATH": f"{folder}:{os.environ['PATH']}"}

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def submit(self, *arguments, code=0):
        done = subprocess.run(["tools/submit.sh", "--dry-run", *arguments], cwd=PROJECT, env=self.environment,
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def command(self, *arguments):
        said = self.submit(*arguments)
        return re.search(r"^command    (.*)$", said, re.M)[1].strip()

    def test_ranks_deal_the_replicas_evenly(self):
        # 8 rungs by 2 ladders: 16 replicas. The smaller kind of node has 6 cores, of which 4 divide 16.
        self.assertIn("16 (8 rungs, 2 ladders) on 4 ranks", self.submit(DEMO))
        self.assertIn("12 (6 rungs, 2 ladders) on 6 ranks", self.submit(DEMO, "--", "--set", "ladder.rungs=6"))
        config = pathlib.Path(self.scratch.name) / "three.cfg"
        table = pathlib.Path(self.scratch.name) / "ladder.txt"
        table.write_text("# hottest first\nprior\n1e-1,1e-1\n\n1e-2,1e-2\n")
        for ladder in ("betas = 0,.1,1", f"table = {table}"):
            config.write_text(f"[temperature]\na = 1e-2,1e-2\n[ladder]\nladders = 2\n{ladder}\n"
                              "[prior]\nkind = gaussian\n[kernel]\nestimator = collapsed\n[network]\noutput = identity\n")
            self.assertIn("6 (3 rungs, 2 ladders) on 6 ranks", self.submit(str(config)))

    def test_one_job(self):
        self.assertRegex(self.command("--time", "01:00:00", "--account", "abc", "--out", "runs/here", DEMO),
                         r"^sbatch --ntasks 4 --job-name demo --time 01:00:00 --account abc "
                         r"\S+/mpi_jobs/long_run\.sbatch mpi_jobs/demo\.cfg runs/here$")

    def test_many_nodes(self):
        self.assertRegex(self.command("--nodes", "2", DEMO),
                         r"^sbatch --nodes 2 --ntasks-per-node 4 .*/many_nodes\.sbatch mpi_jobs/demo\.cfg runs/demo$")
        self.assertIn("9 ranks do not spread evenly over 2 nodes", self.submit("--nodes", "2", "--ranks", "9", DEMO, code=64))

    def test_array(self):
        self.assertRegex(self.command("--array", "1-8", "--ranks", "2", DEMO),
                         r"^sbatch --array 1-8 --ntasks 2 .*/array\.sbatch mpi_jobs/demo\.cfg runs/demo$")
        self.assertIn("put the settings into CONFIG", self.submit("--array", "1-8", DEMO, "--", "--set", "run.seed=3", code=64))

    def test_chain(self):
        self.assertRegex(self.command("--chain", "3", DEMO, "--", "--set", "run.seed=3"),
                         r"^3 times: sbatch .*/chain\.sbatch mpi_jobs/demo\.cfg runs/demo --set run\.seed=3$")

    def test_mistakes_show_before_the_job_is_queued(self):
        self.assertIn("'two' is not a number", self.submit("--nodes", "two", DEMO, code=64))
        self.assertIn("two configurations", self.submit(DEMO, DEMO, code=64))
        self.assertIn("unknown option '--node'", self.submit("--node", "2", DEMO, code=64))
        self.assertIn("no.such", self.submit(DEMO, "--", "--set", "no.such=1", code=64))


unittest.main(verbosity=2)
