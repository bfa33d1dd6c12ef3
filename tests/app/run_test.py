#!/usr/bin/env python3
"""`echelon run` and the commands that read its directory, from outside: the same bits on any number
of ranks and across stops, exit codes, what is printed.

Usage: run_test.py ECHELON MPIEXEC"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy
import xarray

ECHELON, MPIEXEC = sys.argv[1:3]
del sys.argv[1:3]
DEMO = pathlib.Path(__file__).parents[2] / "mpi_jobs" / "demo.cfg"
ENVIRONMENT = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_rmaps_base_oversubscribe="1")
# The demo made small: every part of it, in a fraction of a second.
SMALL = ["data.samples=600", "ladder.rungs=3", "run.warmup=20", "run.sweeps=20", "run.thin=2"]


def settings(*more):
    return [word for each in (*SMALL, *more) for word in ("--set", each)]


def echelon(*words, ranks=None):
    launcher = [MPIEXEC, "--oversubscribe", "-n", str(ranks)] if ranks else []
    return subprocess.run(["timeout", "-k", "10", "100", *launcher, ECHELON, *map(str, words)],
                          capture_output=True, text=True, env=ENVIRONMENT)


def arrays(directory):
    """Every data set of run.h5, as bytes; wall times are outside the promise."""
    out = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("timing"):
            out[name] = (item.shape, item[()].tobytes())

    with h5py.File(pathlib.Path(directory) / "run.h5") as file:
        file.visititems(add)
    return out


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def run_demo(self, name, *words, ranks=None, code=0, more=()):
        out = self.folder / name
        done = echelon("run", DEMO, "--out", out, *settings(*more), *words, ranks=ranks)
        self.assertEqual(done.returncode, code, done.stderr)
        return out, done

    def assert_same_draws(self, one, other):
        a, b = arrays(one), arrays(other)
        self.assertEqual(a.keys(), b.keys())
        self.assertEqual([name for name in a if a[name] != b[name]], [])


class Reproducibility(Case):
    def test_any_number_of_ranks(self):
        for estimator in ((), ("kernel.estimator=paper", "ladder.rungs=1", "ladder.ladders=1"),
                          ("kernel.estimator=annealed", "kernel.particles=2"),
                          ("kernel.estimator=collapsed", "network.output=identity", "run.precision=double",
                           "data.task=values", "ladder.rungs=2", "ladder.ladders=1")):
            one, _ = self.run_demo(f"one{len(estimator)}", more=estimator)
            for ranks in (2, 3):
                other, _ = self.run_demo(f"other{len(estimator)}{ranks}", ranks=ranks, more=estimator)
                self.assert_same_draws(one, other)

    def test_early_refusal_changes_nothing(self):
        long = ("run.sweeps=520", "run.thin=40")  # on the way the samples are put in order, once
        for kernel in (("kernel.estimator=paper", "ladder.rungs=1", "ladder.ladders=1"),
                       ("kernel.proposal=unit", "kernel.inner-steps=0")):
            late, _ = self.run_demo(f"late{len(kernel)}", more=(*long, *kernel, "run.early-refusal=false"))
            for ranks in (1, 3):
                early, _ = self.run_demo(f"early{len(kernel)}{ranks}", ranks=ranks, more=(*long, *kernel))
                self.assert_same_draws(late, early)

    def test_stopping_after_every_sweep(self):
        short = ("run.warmup=4", "run.sweeps=4", "run.thin=1")
        whole, _ = self.run_demo("whole", more=short)
        for sweep in range(1, 9):
            parts, done = self.run_demo("parts", "--max-hours", "1e-9", ranks=1 + sweep % 3,
                                        code=0 if sweep == 8 else 85, more=short)
            self.assertIn("finished" if sweep == 8 else "run the same command again", done.stderr)
        self.assert_same_draws(whole, parts)

    def test_another_seed_is_another_run(self):
        one, _ = self.run_demo("one")
        other, _ = self.run_demo("other", more=("run.seed=2",))
        self.assertNotEqual(arrays(one)["posterior/W1"], arrays(other)["posterior/W1"])


class RunDirectory(Case):
    def test_complete_run_is_left_alone(self):
        out, _ = self.run_demo("run")
        before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
        _, done = self.run_demo("run", ranks=2)
        self.assertIn("is complete", done.stderr)
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in out.rglob("*")})

    def test_more_sweeps_go_on(self):
        self.run_demo("run")
        out, done = self.run_demo("run", more=("run.sweeps=30",))
        self.assertIn("resuming", done.stderr)
        with h5py.File(out / "run.h5") as file:
            self.assertEqual(file["sample_stats/train_loss"].shape, (2, 15))
            self.assertEqual(file.attrs["sweeps_done"], 50)

    def test_other_settings_are_refused(self):
        out, _ = self.run_demo("run")
        before = arrays(out)
        _, done = self.run_demo("run", code=64, more=("kernel.inner-steps=9",))
        self.assertIn("kernel.inner-steps: the run has '4', this command says '9'", done.stderr)
        self.assertEqual(arrays(out), before)
        _, done = self.run_demo("run", "--restart", more=("kernel.inner-steps=9",))
        self.assertNotEqual(arrays(out), before)

    def test_signal_commits_and_leaves(self):
        out = self.folder / "run"
        words = ["run", DEMO, "--out", out, *settings("run.sweeps=100000000")]
        process = subprocess.Popen([ECHELON, *map(str, words)], stderr=subprocess.PIPE, text=True,
                                   env=ENVIRONMENT)
        while "sweep 1/" not in process.stderr.readline():
            self.assertIsNone(process.poll())
        second = echelon(*words)
        self.assertEqual(second.returncode, 73, second.stderr)
        self.assertIn("in use", second.stderr)
        process.send_signal(signal.SIGUSR1)
        _, stderr = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 85, stderr)
        state = json.loads(echelon("status", out, "--json").stdout)
        self.assertEqual(state["state"], "stopped")
        self.assertGreater(state["sweeps_done"], 0)

    def test_until_enough_effective_draws(self):
        until = ("ladder.ladders=4", "run.sweeps=100000", "run.thin=1", "data.samples=100")
        out, _ = self.run_demo("run", "--until", "ess=30", more=until)
        state = json.loads(echelon("status", out, "--json").stdout)
        self.assertGreaterEqual(state["quantities"]["train_loss"]["ess_bulk"], 30)
        before = arrays(out)
        _, done = self.run_demo("run", "--until", "ess=30", ranks=2, more=until)
        self.assertEqual(arrays(out), before)
        parts, _ = self.run_demo("parts", "--until", "ess=30", "--max-hours", "2e-4", code=85, more=until)
        self.run_demo("parts", "--until", "ess=30", more=until)
        self.assert_same_draws(out, parts)

    def test_ladder_finds_its_length(self):
        out, _ = self.run_demo("run", more=("ladder.rungs=auto", "run.warmup=60", "temperature.a=.1,.1"))
        betas = json.loads(echelon("status", out, "--json").stdout)["ladder"]["beta"]
        self.assertEqual((betas[0], betas[-1]), (0, 1))
        self.assertLess(len(betas), 8)  # it starts with 8; so warm a target has a small barrier

    def test_rehearsal_writes_nothing(self):
        out = self.folder / "run"
        done = echelon("run", DEMO, "--out", out, "--dry-run", *settings(), ranks=2)
        self.assertEqual(done.returncode, 0, done.stderr)
        for word in ("data", "placement", "memory", "barrier", "rungs", "ranks work", "a sweep"):
            self.assertIn(word, done.stderr)
        self.assertFalse(out.exists())
        self.assertEqual(echelon("run", DEMO, "--dry-run", *settings()).returncode, 0)


class Table(Case):
    """Rungs of any temperatures, from a file."""

    def table(self, text):
        path = self.folder / "table.txt"
        path.write_text(text)
        return ("ladder.rungs=1", f"ladder.table={path}")

    def test_runs_resumes_and_says_what_it_has_not(self):
        exact = ("kernel.estimator=collapsed", "network.output=identity", "data.task=values")
        settings = self.table("prior\n.5 .1\n.05, .05 # colder\n5e-3,5e-3\n") + exact
        out, _ = self.run_demo("run", more=settings)
        with h5py.File(out / "run.h5") as file:
            numpy.testing.assert_allclose(file["ladder/temperature"][1:], [[.6, .1], [.1, .05], [.01, .005]])
            self.assertTrue(numpy.isnan(file["ladder/beta"][-1]).all())
            self.assertTrue(numpy.isfinite(file["ladder/log_normaliser_up"][-1]).all())
            self.assertTrue(numpy.isnan(file["ladder/log_normaliser_left"][-1]).all())
            self.assertTrue(numpy.isfinite(file["sample_stats/lp"][()]).all())
        self.assertIn("0.6 0.1", echelon("status", out).stdout)
        done = echelon("bounds", out)
        self.assertEqual(done.returncode, 64)
        self.assertIn("ladder.table", done.stderr)
        self.run_demo("run", more=settings + ("run.sweeps=30",))
        self.table("prior\n.5 .1\n.06 .05\n5e-3,5e-3\n")
        _, done = self.run_demo("run", code=64, more=settings)
        self.assertIn("ladder.table: the run has 'prior;0.5,0.1;0.05,0.05;0.005,0.005'", done.stderr)

    def test_is_refused_where_swaps_have_no_normalisers(self):
        settings = self.table(".05 .05\n5e-3 5e-3\n")
        _, done = self.run_demo("run", code=64, more=settings)
        self.assertIn("absolute normalisers", done.stderr)
        single_scale = self.table("0 .05\n0 5e-3\n") + ("temperature.a=0,5e-3",)
        self.run_demo("run", more=single_scale)
        _, done = self.run_demo("none", code=66, more=("ladder.rungs=1", "ladder.table=/no/such/table"))
        self.assertIn("/no/such/table", done.stderr)


class Failures(Case):
    def refused(self, code, message, *words, ranks=None):
        """Ends with this code and one message, however many ranks see the problem."""
        done = echelon("run", *words, "--out", self.folder / "run", ranks=ranks)
        self.assertEqual(done.returncode, code, done.stderr)
        said = [line for line in done.stderr.splitlines() if line.startswith("echelon: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertIn(message, said[0])
        self.assertFalse((self.folder / "run").exists())

    def test_one_message_from_many_ranks(self):
        for ranks in (None, 3):
            self.refused(64, "run.sweeps = 0", DEMO, "--set", "run.sweeps=0", ranks=ranks)
            self.refused(64, "--max-hours", DEMO, "--max-hours", "-1", ranks=ranks)
            self.refused(64, "unrecognised option '--fast'", DEMO, "--fast", ranks=ranks)
            self.refused(66, "no such file", self.folder / "none.cfg", ranks=ranks)
            self.refused(66, "mnist", DEMO.parent / "mnist_paper.cfg", "--set",
                         f"data.dir={self.folder}/mnist", ranks=ranks)

    def test_data_that_do_not_fit(self):
        file = self.folder / "data.h5"
        with h5py.File(file, "w") as data:
            data["train/inputs"] = numpy.zeros((5, 7), "f4")
            data["train/labels"] = numpy.zeros(5, "i4")
        self.refused(65, "7", DEMO, *[word for each in (
            "data.source=hdf5", f"data.file={file}", "data.widths=8,4,3", "data.samples=1000",
            "data.noise=0") for word in ("--set", each)])

    def test_a_directory_of_other_things(self):
        (self.folder / "full").mkdir()
        (self.folder / "full" / "thesis.tex").write_text("irreplaceable")
        done = echelon("run", DEMO, "--out", self.folder / "full", "--restart", *settings())
        self.assertIn(done.returncode, (0, 73), done.stderr)
        self.assertEqual((self.folder / "full" / "thesis.tex").read_text(), "irreplaceable")

    def test_readers_need_a_run(self):
        for command in ("status", "summarize", "verify"):
            done = echelon(command, self.folder)
            self.assertEqual(done.returncode, 66, done.stderr)
            self.assertIn("holds no run", done.stderr)


class Readers(Case):
    def setUp(self):
        super().setUp()
        self.run_dir, self.done = self.run_demo("run")

    def test_summary_and_paths_are_shown(self):
        for word in ("train_loss", "ess_bulk", "peak memory", str(self.run_dir / "run.h5")):
            self.assertIn(word, self.done.stderr)
        self.assertIn("finished", (self.run_dir / "log.txt").read_text())

    def test_status(self):
        text = echelon("status", self.run_dir).stdout
        for word in ("complete, sweep 40 of 40", "rung", "temperature", "barrier", "train_loss"):
            self.assertIn(word, text)
        state = json.loads(echelon("status", self.run_dir, "--json").stdout)
        self.assertEqual((state["sweeps_done"], state["state"]), (40, "complete"))
        with h5py.File(self.run_dir / "run.h5") as file:
            self.assertEqual(state["ladder"]["beta"], list(file["ladder/beta"][-1]))
            step = file["ladder/step"][()].tolist()
        self.assertEqual(state["ladder"]["step"][1:], step[1:])
        self.assertEqual(state["ladder"]["step"][0], [None, None])  # the prior has no steps

    def test_a_layer_that_annealing_holds_is_named(self):
        self.assertNotIn("hardly moves", echelon("status", self.run_dir).stdout)
        cold = ("kernel.estimator=annealed", "kernel.proposal=full", "kernel.inner-steps=2", "run.warmup=100",
                "temperature.a=1e-3,1e-9", "ladder.min-beta=0.3")
        stuck, _ = self.run_demo("stuck", more=cold)
        text = echelon("status", stuck).stdout
        for word in ("layer 1 hardly moves", "from 0.3 to", "on rung 2", "raise kernel.inner-steps"):
            self.assertIn(word, text)
        self.assertNotIn("layer 2 hardly moves", text)

    def test_what_the_ladder_comes_to(self):
        ladder = json.loads(echelon("status", self.run_dir, "--json").stdout)["ladder"]
        with h5py.File(self.run_dir / "run.h5") as file:
            last = {name: file["ladder"][name][-1] for name in file["ladder"]}
            before = file["ladder/replica_round_trips"][numpy.flatnonzero(file["ladder/warmup"][()])[-1]]
            hottest_layer = file["ladder/temperature"][-1, 0]
            timing = {name: file["timing"][name][()] for name in file["timing"]}
        steps = numpy.diff(last["beta"])
        for name, loss in (("left", last["mean_train_loss"][:-1]), ("right", last["mean_train_loss"][1:])):
            numpy.testing.assert_allclose(last[f"log_normaliser_{name}"], -steps * loss / hottest_layer, rtol=1e-12)
        for name in ("up", "down", "left", "right"):
            self.assertAlmostEqual(ladder["log_normaliser"][name], last[f"log_normaliser_{name}"].sum(), 9)
        rejection = 1 - last["swap_acceptance"]
        numpy.testing.assert_allclose(ladder["local_barrier"], rejection / steps, rtol=1e-12)
        self.assertEqual(ladder["suggested_rungs"], max(2, numpy.ceil(2 * rejection.sum()) + 1))
        travel, trips = ladder["travel"], last["replica_round_trips"] - before
        self.assertEqual((travel["round_trips"], travel["replicas"]), (trips.sum(), (trips > 0).sum()))
        self.assertEqual(travel["exchanges"], 20)
        self.assertAlmostEqual(travel["rate"], trips.sum() / (2 * 20), 12)
        self.assertAlmostEqual(travel["efficiency"], travel["rate"] * (2 + 2 * rejection.sum()), 12)
        self.assertTrue((timing["communication"] <= timing["waiting"]).all())
        self.assertTrue((timing["waiting"] + timing["swap_terms"] <= timing["wall"]).all())
        text = echelon("status", self.run_dir).stdout
        for word in ("local barrier", "are suggested", "round trips in 20 exchanges", "efficiency", "stepping stones"):
            self.assertIn(word, text)

    def test_summary_agrees_with_the_file(self):
        summary = json.loads(echelon("summarize", self.run_dir, "--json").stdout)
        self.assertEqual((summary["chains"], summary["draws"]), (2, 10))
        with h5py.File(self.run_dir / "run.h5") as file:
            for name in ("train_loss", "test_error", "lp"):
                draws = file["sample_stats"][name][()]
                self.assertAlmostEqual(summary["quantities"][name]["mean"], draws.mean(), 12)
                self.assertAlmostEqual(summary["quantities"][name]["sd"], draws.std(ddof=1), 12)
                chain = summary["quantities"][name]["chains"][1]
                self.assertAlmostEqual(chain["mean"], draws[1].mean(), 12)

    def test_two_inner_budgets_show_a_trend(self):
        more, _ = self.run_demo("more", more=("kernel.inner-steps=12", "run.seed=2"))
        lag = json.loads(echelon("summarize", self.run_dir, more, "--json").stdout)["inner_lag"]
        means = {}
        for steps, run in (("4", self.run_dir), ("12", more)):
            with h5py.File(run / "run.h5") as file:
                means[steps] = file["sample_stats/train_loss"][()].mean()
            self.assertAlmostEqual(lag["train_loss"]["mean"][steps][0], means[steps], 12)
        self.assertAlmostEqual(lag["train_loss"]["bias"][0], (means["4"] - means["12"]) / 2, 12)
        self.assertIn("estimated bias", echelon("summarize", self.run_dir, more).stdout)
        other, _ = self.run_demo("other", more=("kernel.inner-steps=12", "run.thin=4"))
        refused = echelon("summarize", self.run_dir, other)
        self.assertEqual(refused.returncode, 64)
        self.assertIn("run.thin", refused.stderr)

    def test_bounds_agree_with_the_trace(self):
        found = json.loads(echelon("bounds", self.run_dir, "--json").stdout)
        with h5py.File(self.run_dir / "run.h5") as file:
            beta = file["ladder/beta"][-1]
            loss = file["trace/train_loss"][:, :, 21:].mean(axis=(0, 2))
            weight, deviation = (file["sample_stats"][name][()].reshape(-1, 2)
                                 for name in ("spectral_norm", "deviation_norm"))
        numpy.testing.assert_allclose(found["mean_train_loss"], loss, rtol=1e-12)
        self.assertAlmostEqual(found["free_energy"], numpy.trapz(loss, beta), 12)
        upper = (numpy.diff(beta) * loss[:-1]).sum()
        self.assertAlmostEqual(found["free_energy_upper"], upper, 12)
        # Two layers about identities of norm 1, inputs in (-1, 1)^8, losses in [0, 2].
        reach = numpy.sqrt(2) * numpy.sqrt(8)
        b = numpy.stack([reach * deviation[:, 0], reach * weight[:, 0] * deviation[:, 1]])
        increment = (numpy.minimum(2, b) ** 2).mean(axis=1)
        numpy.testing.assert_allclose(found["increment"], increment, rtol=1e-12)
        self.assertAlmostEqual(found["certificate"], upper + (increment / (2 * 600 * 5e-3)).sum(), 12)
        self.assertEqual(found["vacuous"], found["certificate"] >= 2 / 3)
        self.assertIn("VACUOUS" if found["vacuous"] else "non-vacuous", echelon("bounds", self.run_dir).stdout)

    def test_bounds_are_in_the_file_at_powers_of_two_and_at_the_end(self):
        found = json.loads(echelon("bounds", self.run_dir, "--json").stdout)
        with h5py.File(self.run_dir / "run.h5") as file:
            group = file["bounds"]
            self.assertEqual(list(group["sweep"]), [21, 22, 24, 28, 36, 40])
            for name in ("free_energy", "free_energy_mcse", "free_energy_upper", "certificate",
                         "certificate_pac", "single_scale_certificate", "trivial_bound", "test_loss"):
                self.assertEqual(numpy.ravel(group[name][-1])[0], found[name], name)
            for name in ("mean_train_loss", "divergence", "divergence_mcse", "increment", "suggested_a"):
                self.assertEqual(list(group[name][-1]), found[name], name)
            self.assertTrue(numpy.isfinite(group["divergence"][-1]).all())
            self.assertGreater(group["certificate_pac"][-1][0], group["certificate"][-1])

    def test_bounds_are_refused_where_there_are_none(self):
        for more, message in ((("ladder.rungs=1",), "no ladder"), (("run.sweeps=4",), "4 sweeps"),
                              (("network.output=identity",), "network.output = softmax")):
            run, _ = self.run_demo(message.replace(" ", ""), more=more)
            done = echelon("bounds", run)
            self.assertEqual(done.returncode, 64, done.stderr)
            self.assertIn(message, done.stderr)

    def test_verify_notices_damage(self):
        good = echelon("verify", self.run_dir)
        self.assertEqual(good.returncode, 0, good.stdout)
        segment = next(self.run_dir.glob("segments/*.h5"))
        content = bytearray(segment.read_bytes())
        content[len(content) // 2] ^= 1
        segment.write_bytes(content)
        bad = echelon("verify", self.run_dir, "--json")
        self.assertEqual(bad.returncode, 65, bad.stdout)
        self.assertFalse(json.loads(bad.stdout)["intact"])

    def test_export_opens_in_xarray(self):
        other, _ = self.run_demo("other", more=("run.seed=2",))
        file = self.folder / "both.nc"
        done = echelon("export", self.run_dir, other, "--to", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        with xarray.open_dataset(file, group="posterior") as posterior:
            self.assertEqual(posterior.W1.dims, ("chain", "draw", "W1_out", "W1_in"))
            self.assertEqual(posterior.sizes["chain"], 4)

    def test_export_shows_the_scalars_of_each_draw_of_weights(self):
        run, _ = self.run_demo("thinned", more=("run.thin-weights=4",))
        file = self.folder / "one.nc"
        self.assertEqual(echelon("export", run, "--to", file).returncode, 0)
        with xarray.open_dataset(file, group="posterior") as posterior:
            with xarray.open_dataset(file, group="sample_stats") as stats:
                self.assertEqual(stats.sizes["draw"], 5)
                self.assertTrue((posterior.sweep.values == stats.sweep.values).all())

    def test_predictions_agree_with_the_run(self):
        file = self.folder / "data.h5"
        draw = numpy.random.default_rng(1)
        with h5py.File(file, "w") as data:
            for split, n in (("train", 40), ("test", 30)):
                data[f"{split}/inputs"] = draw.uniform(-1, 1, (n, 8)).astype("f4")
                data[f"{split}/labels"] = draw.integers(0, 3, n)
        run = self.folder / "own"
        own = ["--set", "data.source=hdf5", "--set", f"data.file={file}", "--set", "run.precision=double"]
        text = DEMO.read_text().split("[network]")
        (self.folder / "own.cfg").write_text("[network]" + text[1])
        done = echelon("run", self.folder / "own.cfg", "--out", run, *own, *settings()[2:],
                       "--set", "run.thin-weights=2")
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(echelon("predict", run, "--data", file, "--json").stdout)
        self.assertEqual((found["samples"], found["draws"]), (30, 20))
        with h5py.File(run / "run.h5") as view, h5py.File(run / "predictions.h5") as out:
            self.assertAlmostEqual(found["expected_loss"], view["sample_stats/test_loss"][()].mean(), 9)
            self.assertAlmostEqual(out["expected_loss"][()].mean(), found["expected_loss"], 12)
            mean = out["mean"][()]
            self.assertEqual(mean.shape, (30, 3))
            numpy.testing.assert_allclose(mean.sum(axis=1), 1, rtol=1e-12)
            numpy.testing.assert_allclose(out["entropy"], -(mean * numpy.log(mean)).sum(axis=1), rtol=1e-9)

    def test_view_opens_in_xarray(self):
        with xarray.open_dataset(self.run_dir / "run.h5", group="sample_stats") as stats:
            self.assertEqual(stats.train_loss.dims, ("chain", "draw"))
            self.assertTrue(numpy.isfinite(stats.test_loss).all())
        with xarray.open_dataset(self.run_dir / "run.h5", group="trace") as trace:
            self.assertEqual(trace.train_loss.dims, ("chain", "rung", "sweep"))
            self.assertEqual(trace.sizes["sweep"], 41)


if __name__ == "__main__":
    unittest.main()
