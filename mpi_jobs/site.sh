# shellcheck shell=bash disable=SC2034  # read by job.sh
# What differs from site to site: the one file to edit. To leave it as it is, put the lines that
# differ into a file of your own anywhere and name that in the environment variable ECHELON_SITE.

# Modules that the program was built with; leave it empty where there are none.
site_modules=()        # e.g. (gcc/12 openmpi/4.1 hdf5/1.10)

# How ranks are started. Elsewhere (mpirun) or (srun --mpi=pmi2); `srun --mpi=list` says what there is.
site_launcher=(srun --mpi=pmix)

# The program. Not set: build/release/echelon of this repository, else the one on PATH.
site_echelon=

# A job that keeps stopping is given up after this many restarts.
site_most_restarts=50
