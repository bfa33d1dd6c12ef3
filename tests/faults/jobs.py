"""Jobs of the real program: started on any number of ranks, killed, resumed, compared."""
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

import h5py

DEMO = pathlib.Path(__file__).parents[2] / "mpi_jobs" / "demo.cfg"
STOPPED = 85

# The demo made small, with draws and commits off each other's grids. The clock decides nothing.
SETTINGS = {"data.samples": 100, "ladder.rungs": 3, "run.warmup": 5, "run.sweeps": 15, "run.thin": 2,
            "run.thin-weights": 4, "output.checkpoint-sweeps": 3}


def fingerprint(directory):
    """One hash over everything run.h5 shows but wall times."""
    digest = hashlib.sha256()

    def add(name, item):
        if isinstance(item, h5py.Dataset) and not name.startswith("timing"):
            digest.update(f"{name} {item.shape}".encode() + item[()].tobytes())

    with h5py.File(pathlib.Path(directory) / "run.h5") as file:
        file.visititems(add)
    return digest.hexdigest()


def family(pid):
    """A process and all its descendants."""
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        below = [int(child) for child in children.read_text().split()]
    except OSError:
        below = []
    return [pid] + [each for child in below for each in family(child)]


class Job:
    """One run of `echelon run`; its own handle to kill, signal and wait for it."""

    def __init__(self, tools, out, ranks=1, words=(), settings=None, fault=None, config=DEMO):
        echelon, mpiexec, *shims = tools
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1",
                           OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_mpi_yield_when_idle="1",
                           OMPI_MCA_rmaps_base_oversubscribe="1",
                           # Half of a start is Open MPI looking for launchers and networks.
                           OMPI_MCA_ess_singleton_isolated="1", OMPI_MCA_pml="ob1", OMPI_MCA_btl="self,vader")
        command = [mpiexec, "--oversubscribe", "-n", str(ranks)] if ranks > 1 else []
        if fault:
            names = {f"FAULT_{key}": str(value) for key, value in fault.items()}
            names["LD_PRELOAD"] = ":".join(map(str, shims))
            # Only the ranks are to meet the shims, not mpirun.
            command += ["env", *(f"{key}={value}" for key, value in names.items())]
        command += [echelon, "run", config, "--out", out]
        for key, value in (SETTINGS if settings is None else settings).items():
            command += ["--set", f"{key}={value}"]
        self.process = subprocess.Popen([*map(str, command), *words], env=environment, text=True,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.began = time.monotonic()

    def ranks(self):
        """The processes of the program itself, those that already catch signals."""
        catching = []
        for pid in family(self.process.pid):
            try:
                status = pathlib.Path(f"/proc/{pid}/status").read_text()
                name = pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
            except OSError:
                continue
            caught = int(status.split("SigCgt:")[1].split()[0], 16)
            if name == "echelon" and caught >> (signal.SIGUSR1 - 1) & 1:
                catching.append(pid)
        return catching

    def kill(self):
        """Everything at once, mpirun first, as when a node goes down."""
        for pid in family(self.process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def wait(self, timeout=120):
        """The exit code; `errors` and `seconds` tell more. A job that hangs is killed, code None."""
        try:
            self.errors = self.process.communicate(timeout=timeout)[1]
        except subprocess.TimeoutExpired:
            self.kill()
            self.errors = self.process.communicate()[1]
            self.seconds = time.monotonic() - self.began
            return None
        self.seconds = time.monotonic() - self.began
        return self.process.returncode

    def messages(self):
        """What the program itself said when it ended, one per failing rank."""
        return [line for line in self.errors.splitlines() if line.startswith("echelon: ")]


def commits_in(directory):
    return len(list(pathlib.Path(directory).glob("checkpoint-*.h5")))


def emptied(path):
    shutil.rmtree(path, ignore_errors=True)
    return path
