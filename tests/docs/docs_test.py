#!/usr/bin/env python3
"""Every command of a page of documentation, run as it stands: `sh` and `python` blocks, in order, in
a folder that looks like a fresh clone after the build. The shipped examples are only made shorter.
Usage: docs_test.py ECHELON PAGE"""
import os
import pathlib
import subprocess
import sys
import tempfile

from blocks import blocks_of, pretend_clone


def main():
    echelon, page = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_mpi_yield_when_idle="1", OMPI_MCA_rmaps_base_oversubscribe="1")
    with tempfile.TemporaryDirectory() as scratch:
        pretend_clone(scratch, echelon)
        blocks = list(blocks_of(page))
        assert blocks, f"{page} shows no commands"
        for block in blocks:
            print(f"==== {block}", flush=True)
            done = subprocess.run(["bash", "-c", block], cwd=scratch, env=environment, stdin=subprocess.DEVNULL)
            if done.returncode != 0:
                return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
