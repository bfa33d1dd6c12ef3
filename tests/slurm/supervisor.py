#!/usr/bin/env python3
"""Starts daemons and outlives none of them. Usage: supervisor.py LOG_FOLDER < commands

Reads one command a line (words separated by tabs), starts each in the foreground, and says `started`.
When its standard input ends, for whatever reason, everything that ever came of them is killed: this
process is the reaper of all its descendants, so that nothing can run away from it; the daemons die
with it should it be killed itself."""
import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time

PDEATHSIG, SUBREAPER = 1, 36
prctl = ctypes.CDLL(None, use_errno=True).prctl


def descendants():
    """Every process below this one, zombies left out."""
    parents = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state != "Z":
            parents.setdefault(int(parent), []).append(int(folder.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = parents.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def reap(*_):
    """Buries the dead at once: SLURM takes a zombie in its group for a process that still runs."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass


def kill_everything():
    deadline = time.monotonic() + 20
    while (left := descendants()) and time.monotonic() < deadline:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)


def main():
    prctl(SUBREAPER, 1, 0, 0, 0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of the input is what counts
    signal.signal(signal.SIGCHLD, reap)
    daemons = []
    try:
        for line in sys.stdin:
            words = line.rstrip("\n").split("\t")
            log = open(pathlib.Path(sys.argv[1]) / f"{pathlib.Path(words[0]).name}.out", "w")
            daemons.append(subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=lambda: prctl(PDEATHSIG, signal.SIGKILL, 0, 0, 0)))
            print("started", flush=True)
    finally:
        kill_everything()


main()
