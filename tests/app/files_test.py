#!/usr/bin/env python3
"""What other people's programs rely on: exports by ArviZ's conventions, predictions and starts against
NumPy, the overview of many runs, the man page. Usage: files_test.py ECHELON MPIEXEC"""
import datetime
import json
import pathlib
import re
import subprocess
import unittest

import h5py
import netCDF4
import numpy
import xarray

from run_test import DEMO, ECHELON, Case, echelon, settings

ROOT = pathlib.Path(__file__).parents[2]
INFERENCE_GROUPS = ("posterior", "sample_stats", "warmup_posterior", "warmup_sample_stats")


def own_data(path, samples=30):
    """A file of labelled samples that fit the demo's network; returns inputs and labels."""
    draw = numpy.random.default_rng(1)
    with h5py.File(path, "w") as data:
        for split in ("train", "test"):
            inputs, labels = draw.uniform(-1, 1, (samples, 8)), draw.integers(0, 3, samples)
            data[f"{split}/inputs"], data[f"{split}/labels"] = inputs.astype("f4"), labels
    return inputs.astype("f4").astype("f8"), labels


class Conventions(Case):
    """The InferenceData schema, as far as it binds a file (ArviZ: schema/InferenceData)."""

    def setUp(self):
        super().setUp()
        one, _ = self.run_demo("one", more=("run.thin-weights=4",))
        two, _ = self.run_demo("two", more=("run.thin-weights=4", "run.seed=2"))
        self.file = self.folder / "both.nc"
        done = echelon("export", one, two, "--to", self.file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_groups_say_where_they_come_from(self):
        with netCDF4.Dataset(self.file) as file:
            self.assertTrue({"posterior", "sample_stats"} <= set(file.groups))
            for group in (file, *(file.groups[name] for name in INFERENCE_GROUPS if name in file.groups)):
                datetime.datetime.fromisoformat(group.created_at.replace("Z", "+00:00"))
                self.assertEqual(group.inference_library, "echelon")
                self.assertRegex(group.inference_library_version, r"^\d+\.\d+\.\d+$")
            self.assertRegex(file.data_sha256, "^[0-9a-f]{64}$")

    def test_every_variable_is_by_chain_and_draw_with_coordinates(self):
        for group in INFERENCE_GROUPS:
            with xarray.open_dataset(self.file, group=group) as data:
                self.assertTrue(data.data_vars, group)
                for name, values in data.data_vars.items():
                    self.assertEqual(values.dims[:2], ("chain", "draw"), name)
                    self.assertNotIn(name, data.dims)
                for name, size in data.sizes.items():
                    self.assertIn(name, data.coords, group)
                    self.assertEqual(len(set(data[name].values)), size)
                self.assertEqual(list(data.chain.values), [0, 1, 2, 3])

    def test_groups_of_one_phase_share_their_draws(self):
        posterior, stats = (xarray.open_dataset(self.file, group=group) for group in INFERENCE_GROUPS[:2])
        together = xarray.merge([posterior.W1, stats.lp], join="exact")
        self.assertEqual(dict(together.sizes)["draw"], 5)
        self.assertEqual(stats.lp.dtype, numpy.float64)
        self.assertTrue((posterior.sweep.values == stats.sweep.values).all())


class Predictions(Case):
    def test_agree_with_numpy_on_the_stored_weights(self):
        file = self.folder / "data.h5"
        inputs, labels = own_data(file)
        text = "[network]" + DEMO.read_text().split("[network]")[1]
        (self.folder / "own.cfg").write_text(text.replace("widths = 8,6,3", "widths = 9,6,3"))
        run = self.folder / "own"
        done = echelon("run", self.folder / "own.cfg", "--out", run, "--set", "data.source=hdf5", "--set",
                       f"data.file={file}", "--set", "data.append-one=true", *settings()[2:])
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(echelon("predict", run, "--data", file, "--json").stdout)
        with h5py.File(run / "run.h5") as view:
            one, two = (view[f"posterior/W{k}"][()].astype("f8") for k in (1, 2))
        inputs = numpy.column_stack([inputs, numpy.ones(len(inputs))])  # the bias
        hidden = numpy.maximum(numpy.einsum("cdhi,ni->cdnh", one, inputs), 0)
        logits = numpy.einsum("cdoh,cdnh->cdno", two, hidden)
        outputs = numpy.exp(logits - logits.max(axis=3, keepdims=True))
        outputs = (outputs / outputs.sum(axis=3, keepdims=True)).reshape(-1, len(inputs), 3)
        target = numpy.eye(3)[labels]
        mean = outputs.mean(axis=0)
        expected = {"mean": mean, "sd": outputs.std(axis=0), "entropy": -(mean * numpy.log(mean)).sum(axis=1),
                    "loss": ((mean - target) ** 2).sum(axis=1),
                    "expected_loss": ((outputs - target) ** 2).sum(axis=2).mean(axis=0)}
        with h5py.File(run / "predictions.h5") as out:
            for name, values in expected.items():
                numpy.testing.assert_allclose(out[name][()], values, rtol=1e-9, atol=1e-12, err_msg=name)
        self.assertAlmostEqual(found["error"], (mean.argmax(axis=1) != labels).mean(), 12)
        self.assertAlmostEqual(found["loss"], expected["loss"].mean(), 10)


class Starts(Case):
    def test_from_a_file_of_weights(self):
        rng = numpy.random.default_rng(2)
        weights = {"W1": rng.normal(size=(6, 8)), "W2": rng.normal(size=(3, 6))}
        file = self.folder / "weights.h5"
        with h5py.File(file, "w") as out:
            for name, value in weights.items():
                out[name] = value
        one_rung = ("kernel.estimator=paper", "ladder.rungs=1", "ladder.ladders=1", "run.precision=double",
                    "kernel.step=1e-9", "kernel.adapt-steps=false", "run.thin-weights=2")
        run, _ = self.run_demo("run", more=(f"run.start={file}", *one_rung))
        with h5py.File(run / "run.h5") as view:  # steps this small leave the weights where they were
            for name, value in weights.items():
                numpy.testing.assert_allclose(view[f"posterior/{name}"][0, 0], value, atol=1e-6)
        other, _ = self.run_demo("other", more=one_rung)
        with h5py.File(run / "run.h5") as view, h5py.File(other / "run.h5") as reference:
            self.assertNotEqual(view["trace/train_loss"][0, 0, 0], reference["trace/train_loss"][0, 0, 0])

    def test_bad_files_are_refused(self):
        with h5py.File(self.folder / "short.h5", "w") as out:
            out["W1"] = numpy.zeros((2, 8))
        for start, code, message in ((self.folder / "none.h5", 66, "none.h5"), (self.folder / "short.h5", 65, "(6, 8)")):
            done = echelon("run", DEMO, "--out", self.folder / "run", *settings(f"run.start={start}"))
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(message, done.stderr)


class Overviews(Case):
    def test_many_runs_are_a_table(self):
        runs = [self.run_demo(name, more=(f"run.seed={seed}",))[0] for seed, name in enumerate(("one", "two"), 1)]
        lines = echelon("status", *runs, self.folder / "nothing").stdout.splitlines()
        self.assertEqual(len(lines), 4)
        for run, line in zip(runs, lines[1:]):
            self.assertEqual(line.split()[:4], [str(run), "complete", "40", "40"])
        self.assertIn("no run", lines[3])

    def test_a_rehearsal_says_what_a_run_takes(self):
        done = echelon("run", DEMO, "--out", self.folder / "run", "--dry-run", *settings())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"memory +about .* a node .*which has [\d.]+ GB")
        self.assertRegex(done.stderr, r"disk +about [\d.]+ [kM]B in all; [\d.]+ [kMGT]B free")

    def test_man_page_names_every_command_and_key(self):
        page = subprocess.run([ROOT / "tools" / "make_man_page.sh", ECHELON], capture_output=True, text=True, check=True)
        for name in re.findall(r"^    echelon (\w+)", echelon("--help").stdout, re.MULTILINE):
            self.assertIn(f".SS {name}\n", page.stdout)
        for key in re.findall(r"^([a-z][\w-]+) =", echelon("config").stdout, re.MULTILINE):
            self.assertIn("\n" + key.replace("-", "\\-") + " =", page.stdout)

    def test_completion_offers_what_there_is(self):
        def offers(*words):
            script = (f"source {ROOT}/tools/completion/echelon.bash; compopt() {{ :; }}; COMP_WORDS=(echelon {' '.join(words)});"
                      f" COMP_CWORD={len(words)}; _echelon {ECHELON} '{words[-1]}' '{('echelon', *words)[-2]}';"
                      " printf '%s\\n' \"${COMPREPLY[@]}\"")
            return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()
        self.assertEqual(offers("sta"), ["status"])
        self.assertIn("--dry-run", offers("run", "--"))
        self.assertEqual(offers("run", "--set", "run.thin-"), ["run.thin-weights="])


if __name__ == "__main__":
    unittest.main()
