#!/usr/bin/env python3
"""R4 and R6: each file-system call of opening, committing and merging goes wrong in turn.

Usage: call_faults_test.py TOY_RUN SHIM KIND

A run of eight commits is gone on with for two sweeps and one commit, the one that merges segments
and so makes every kind of call. The n-th call fails as KIND says; n = 1, 2, ... until a run ends
without having met its fault. Afterwards the same command without faults must end with the bits of
a run that nothing ever happened to.
"""
import signal
import sys

from harness import DATA, DONE, IO, LOCKED, Toy, fresh_copy, scratch

BEFORE, AFTER, INTERVAL = 16, 18, 2
# What the program may say when a call fails while it begins; later failures are mended by itself.
DOCUMENTED = {DONE, DATA, LOCKED, IO}


def count_calls(toy, folder):
    log = folder / "log"
    run = fresh_copy(folder / "prepared", folder / "counted")
    assert toy.advance(run, AFTER, INTERVAL, fault={"DIR": run, "LOG": log}).returncode == DONE
    lines = log.read_text().splitlines()
    check_discipline(lines)
    return lines


def check_discipline(lines):
    """Written, synchronised, read back, renamed, directory synchronised; in that order."""
    calls = [line.split() for line in lines]
    renames = [i for i, call in enumerate(calls) if call[0] == "rename"]
    assert len(renames) >= 7, "segment, checkpoint, merged segment, 2 x 2 manifests, view"
    for i in renames:
        source, target = calls[i][1:3]
        own = [call[0] for call in calls[:i] if call[1] == source]
        own = own[len(own) - own[::-1].index("unlink"):]
        assert own[-3:].count("read") >= 1 and "fsync" in own, f"{target}: {own}"
        assert own.index("fsync") > max(k for k, name in enumerate(own) if name == "write"), target
        folder = target.rsplit("/", 1)[0]
        assert [call[:2] for call in calls[i + 1:i + 3]] == [["open", folder], ["fsync", folder]], target
    written = [calls[i][2].rsplit("/", 1)[1].split("-")[0] for i in renames]
    commit = written[written.index("segment"):]
    assert commit[:4] == ["segment", "checkpoint", "manifest.old.json", "manifest.json"], commit


def check_death(result, kind):
    if kind in ("kill", "torn"):
        assert result.returncode == -signal.SIGKILL, (result.returncode, result.stderr)
    else:
        assert result.returncode in DOCUMENTED, (result.returncode, result.stderr)
        assert result.returncode == DONE or len(result.stderr.splitlines()) >= 1
    if kind == "short":  # an interrupted write is gone on with, not failed and tried again
        assert (result.returncode, result.stderr) == (DONE, "")


def main():
    program, shim, kind = sys.argv[1:]
    toy = Toy(program, shim)
    with scratch() as folder:
        assert toy.advance(folder / "prepared", BEFORE, INTERVAL).returncode == DONE
        assert toy.advance(folder / "whole", AFTER, AFTER).returncode == DONE
        whole = toy.hash(folder / "whole")
        calls = count_calls(toy, folder)
        codes = {}
        for at, call in enumerate(calls, start=1):
            if kind in ("short", "torn") and not call.startswith("write"):
                continue
            where = f"{kind} at call {at} of {len(calls)} ({call})"
            run = fresh_copy(folder / "prepared", folder / "run")
            result = toy.advance(run, AFTER, INTERVAL, fault={"DIR": run, "KIND": kind, "AT": at})
            check_death(result, kind)
            codes[result.returncode] = codes.get(result.returncode, 0) + 1
            goal = () if result.returncode == DONE else (AFTER, INTERVAL)
            assert toy.settled(run, where, *goal) == whole, where
        tried = sum(codes.values())
        print(f"{kind}: {tried} of {tried} calls ({len(calls)} made), exit codes {codes}; "
              f"resumed bitwise equal {tried}/{tried}")


main()
