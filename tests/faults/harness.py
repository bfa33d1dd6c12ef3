"""What the fault tests share: scratch folders, programs run under the shim, hashes."""
import contextlib
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile

DONE, USAGE, DATA, LOCKED, IO = 0, 64, 65, 73, 74


@contextlib.contextmanager
def scratch():
    """A folder on a disk in memory where there is one: fsync costs nothing and tests the same."""
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base, prefix="echelon-faults-") as folder:
        yield pathlib.Path(folder)


def fresh_copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True)
    return target


class Toy:
    """The program tests/storage/toy_run.cpp."""

    def __init__(self, program, shim):
        self.program, self.shim = program, shim

    def __call__(self, *words, fault=None, **options):
        """Runs it. `fault` is a dictionary of the shim's settings without their prefix FAULT_."""
        environment = dict(os.environ)
        if fault is not None:
            environment["LD_PRELOAD"] = str(self.shim)
            # A sanitizer's library wants to be the first one loaded, but need not be.
            environment["ASAN_OPTIONS"] = "verify_asan_link_order=0"
            environment.update({f"FAULT_{key}": str(value) for key, value in fault.items()})
        return subprocess.run([self.program, *map(str, words)], env=environment, text=True,
                              capture_output=True, timeout=60, **options)

    def advance(self, directory, sweeps, interval, fault=None, **options):
        return self("advance", directory, sweeps, interval, fault=fault, **options)

    def hash(self, directory):
        result = self("hash", directory)
        assert result.returncode == DONE, result.stderr
        return result.stdout.strip()

    def settled(self, directory, where, *goal):
        """The hash once it has gone on to the goal (sweeps, interval); nothing committed was damaged before."""
        result = self("settle", directory, *goal)
        assert result.returncode == DONE, f"{where}: {result.stdout}{result.stderr}"
        return result.stdout.split()[-1]

    def assert_intact(self, directory, where):
        """Nothing committed is damaged, whatever a crash left lying about."""
        result = self("verify", directory)
        assert result.returncode == DONE, f"{where}: {result.stdout}{result.stderr}"


def limit_file_size(limit):
    """For preexec_fn: writes beyond `limit` bytes fail with EFBIG."""
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return apply
