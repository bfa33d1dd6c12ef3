from spack.package import *


class Echelon(CMakePackage):
    """Parallel tempering for the multi-scale Gibbs posterior of neural-network weights.

    There is nothing to download: build a checkout with
    `spack repo create ... && spack dev-build --source-path /path/to/checkout echelon@0.1.0`."""

    license("BSD-3-Clause")
    version("0.1.0")

    conflicts("%gcc@:11", msg="C++20 needs g++ 12 or newer")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("ninja", type="build")
    depends_on("mpi@3:")
    depends_on("hdf5@1.10:+hl")
    depends_on("eigen@3.4:")
    depends_on("boost@1.74:+program_options")
    depends_on("fmt@9:")
    depends_on("nlohmann-json@3:")
    depends_on("random123")
    depends_on("xxhash")
    depends_on("zlib-api")
    depends_on("googletest@1.12:", type="test")

    def cmake_args(self):
        return [self.define("ECHELON_TESTS", self.run_tests)]
