#!/usr/bin/env python3
"""Other people's programs read run.h5 and an export. Usage: view_test.py TOY_RUN"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import netCDF4
    import numpy
    import xarray
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

TOY = sys.argv[1]
SWEEPS = 40


def toy(*words):
    subprocess.run([TOY, *map(str, words)], check=True)


def check_values(file):
    """What toy.hpp records, as far as it is simple."""
    assert list(file["trace/sweep"][:]) == list(range(SWEEPS + 1))
    sweeps = numpy.arange(SWEEPS + 1)
    assert (file["ladder/replica_at"][1, 0, :] == sweeps % 3).all()
    assert (file["ladder/replica_at"][1, 2, :] == 1).all()
    assert (file["ladder/last_sweep"][:] == [0, 10, 20, 30, 40]).all()
    assert (file["ladder/step"][:] == [1, 2, 40]).all()
    assert not numpy.isnan(file["posterior/W1"][:]).any()


def check_described(file):
    def visit(name, item):
        if not isinstance(item, h5py.Dataset):
            return
        assert item.attrs["units"] and item.attrs["long_name"], name
        for axis, dim in enumerate(item.dims):
            if not h5py.h5ds.is_scale(item.id):
                assert len(dim) == 1, f"{name} has no scale on axis {axis}"
                assert dim[0].shape[0] == item.shape[axis], name

    file.visititems(visit)


def check_h5py(path, draws):
    with h5py.File(path) as file:
        check_values(file)
        check_described(file)
        assert file["posterior/W1"].shape == (2, 11, 2, 3)
        assert file["posterior/W1"].dtype == numpy.float32
        assert file["sample_stats/lp"].shape == (2, draws)
        assert file.attrs["sweeps_done"] == SWEEPS and file.attrs["title"] in (b"toy", "toy")


def check_xarray(path):
    for engine in ("netcdf4", "h5netcdf"):
        try:
            posterior = xarray.open_dataset(path, group="posterior", engine=engine).load()
        except ValueError as unknown:
            assert engine == "h5netcdf", unknown
            continue
        assert posterior.W1.dims == ("chain", "draw", "W1_out", "W1_in")
        assert set(posterior.data_vars) == {"W1"} and "sweep" in posterior.coords
        ladder = xarray.open_dataset(path, group="ladder", engine=engine).load()
        assert ladder.replica_at.dims == ("chain", "rung", "sweep")
        assert ladder.beta.dims == ("round", "rung")


def check_tools(path):
    with netCDF4.Dataset(path) as file:
        assert set(file.groups) >= {"posterior", "sample_stats", "trace", "ladder"}
        assert not any(d.name.startswith("phony") for g in file.groups.values() for d in g.dimensions.values())
    for command in (["h5dump", "-H"], ["h5ls", "-r"], ["ncdump", "-h"]):
        if shutil.which(command[0]) is None:
            print(f"{command[0]} is not installed")
            continue
        text = subprocess.run([*command, path], check=True, capture_output=True, text=True).stdout
        assert "W1" in text, command


def main():
    with tempfile.TemporaryDirectory() as scratch:
        run = pathlib.Path(scratch, "run")
        toy("advance", run, 0, 1)
        with h5py.File(run / "run.h5") as file:  # a run without a single draw
            assert file["posterior/W1"].shape == (2, 0, 2, 3)
            check_described(file)
        xarray.open_dataset(run / "run.h5", group="posterior").load()
        toy("advance", run, SWEEPS, 3)
        check_h5py(run / "run.h5", draws=21)
        check_xarray(run / "run.h5")
        check_tools(run / "run.h5")
        with h5py.File(run / "run.h5") as file:
            assert file["trace/train_loss"].is_virtual
            assert all(not s.file_name.startswith("/") for s in file["trace/train_loss"].virtual_sources())
        # Copied elsewhere the view finds the copied segments, and without them reads as missing.
        copy = pathlib.Path(scratch, "copy")
        shutil.copytree(run, copy)
        shutil.rmtree(run)
        check_h5py(copy / "run.h5", draws=21)
        toy("export", copy, pathlib.Path(scratch, "export.h5"))
        shutil.rmtree(copy / "segments")
        with h5py.File(copy / "run.h5") as file:
            assert numpy.isnan(file["posterior/W1"][:]).all()
            assert (file["ladder/replica_at"][:] == -1).all()
        shutil.rmtree(copy)
        check_h5py(pathlib.Path(scratch, "export.h5"), draws=11)
        check_xarray(pathlib.Path(scratch, "export.h5"))
        check_tools(pathlib.Path(scratch, "export.h5"))
    print("h5py, netCDF4, xarray and the command-line tools read run.h5 and an export")


main()
