#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "echelon/storage/run_view.hpp"

namespace echelon {

/// One scalar quantity: as many production draws of every chain.
struct Series {
  std::string name;  ///< as in the file; "deviation_norm[2]" is its entry for layer 2
  std::vector<std::vector<double>> chains;
};

/// The scalars of /sample_stats, the chains of several runs one after the other, cut to the
/// shortest; quantities without numbers (no test data, say) are left out. Error(data) when the runs
/// do not have the same quantities.
std::vector<Series> read_scalars(std::span<const RunView> runs);

/// Mean, spread and convergence of a quantity; NaN where undefined.
struct Summary {
  double mean, sd, mcse, ess_bulk, ess_tail, rhat;
};

/// Of all chains together.
Summary summarize(const Series& series);
/// Of one chain.
Summary summarize(const Series& series, std::size_t chain);

}  // namespace echelon
