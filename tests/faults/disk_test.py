#!/usr/bin/env python3
"""R6 and the lock on real limits: a full disk, a file-size limit, two runs at once.

Usage: disk_test.py TOY_RUN SHIM
"""
import contextlib
import os
import signal
import subprocess
import sys

from harness import DONE, IO, LOCKED, Toy, limit_file_size, scratch


def test_file_size_limits(toy, folder, whole):
    """Every write beyond the limit fails; whatever the limit, the last commit stays usable."""
    refused = 0
    limits = [*range(0, 40000, 1500)]
    for limit in limits:
        run = folder / f"limit{limit}"
        assert toy.advance(run, 10, 5).returncode == DONE
        result = toy.advance(run, 40, 5, preexec_fn=limit_file_size(limit))
        assert result.returncode in (DONE, IO, LOCKED), (limit, result.returncode, result.stderr)
        refused += result.returncode != DONE
        assert toy.settled(run, f"file size limit {limit}", 40, 5) == whole, f"file size limit {limit}"
    assert 0 < refused < len(limits), "limits that stop a run, and limits that do not"
    print(f"file-size limits: {len(limits)}, of which {refused} ended the run; all resumed bitwise equal")


@contextlib.contextmanager
def small_disk(folder, size):
    """A tmpfs of that size, if this process may mount one."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                             capture_output=True).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=True)


def test_full_disk(toy, folder, whole):
    with small_disk(folder / "disk", "512k") as disk:
        if disk is None:
            print("full disk: skipped (mounting a small tmpfs is not permitted)")
            return
        ballast = disk / "ballast"
        run = disk / "run"
        assert toy.advance(run, 10, 5).returncode == DONE
        with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        result = toy.advance(run, 40, 5)
        assert result.returncode == IO, (result.returncode, result.stderr)
        assert "No space left" in result.stderr, result.stderr
        assert not list(run.rglob("*.part")), "a full disk must not stay full of leftovers"
        toy.assert_intact(run, "full disk")
        ballast.unlink()
        assert toy.advance(run, 40, 5).returncode == DONE
        assert toy.hash(run) == whole
        print("full disk: exit code 74, earlier commit intact; with space again bitwise equal")


def test_two_runs(toy, folder):
    """The second of two runs in one directory ends at once and names the first."""
    run = folder / "two"
    first = subprocess.Popen([toy.program, "advance", run, "1000000", "1000000000"],
                             env=dict(os.environ, SLURM_JOB_ID="4711"))
    try:
        while not (run / "run.h5").exists():
            assert first.poll() is None
        second = toy.advance(run, 10, 5)
        assert second.returncode == LOCKED, second
        assert f"pid {first.pid} job 4711" in second.stderr, second.stderr
    finally:
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert toy.advance(run, 10, 5).returncode == DONE, "the lock must die with its holder"
    print("two runs in one directory: the second ended with 73 naming the first")


def main():
    toy = Toy(*sys.argv[1:])
    with scratch() as folder:
        assert toy.advance(folder / "whole", 40, 40).returncode == DONE
        whole = toy.hash(folder / "whole")
        test_file_size_limits(toy, folder, whole)
        test_full_disk(toy, folder, whole)
        test_two_runs(toy, folder)


main()
