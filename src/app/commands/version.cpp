#include <fmt/format.h>

#include <Eigen/Core>
#include <boost/version.hpp>
#include <iostream>

#include "../arguments.hpp"
#include "commands.hpp"
#include "echelon/app/build_info.hpp"

namespace echelon {

int version_command(const Command& command, Words words) {
  const boost::program_options::options_description none;
  if (!parse_arguments(command, words, none, {0, 0})) return 0;
  std::cout << fmt::format("{}\ninstruction set: {}\n", build_description(), instruction_set())
            << fmt::format("libraries: Eigen {}.{}.{}, Boost {}.{}, fmt {}.{}, MPI {}, HDF5 {}\n",
                           EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION,
                           BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, FMT_VERSION / 10000,
                           FMT_VERSION / 100 % 100, ECHELON_MPI, ECHELON_HDF5);
  return 0;
}

}  // namespace echelon
