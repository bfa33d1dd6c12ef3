#pragma once

#include <string>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/tempering/ledger.hpp"
#include "echelon/tempering/options.hpp"

namespace echelon {

/// The rows of the tables in sink.hpp; rung axes are padded to `capacity`. Those of the trace and
/// the index process describe the draws of a sweep and are made before its exchange. `report_names`
/// as Target has them.
std::vector<Archive> trace_row(const Ledger& ledger, const Census& census,
                               const std::vector<std::string>& report_names, int capacity);
std::vector<Archive> index_row(const Ledger& ledger, int capacity);
/// The round that ends now. `tuning` is Target::pack_tuning().
std::vector<Archive> round_row(const Ledger& ledger, Phase phase,
                               const std::vector<std::string>& report_names, const Archive& tuning,
                               int capacity);
/// One row per rank; `committing` is Watch::committing().
std::vector<Archive> timing_rows(std::int64_t sweep, const Census& census, double committing);

/// `values` (replica x anything) averaged over the ladders (rung x anything), leaving out what is
/// not a number. Made before the exchange, like the next.
std::vector<double> mean_by_rung(const Assignment& assignment, const std::vector<double>& values);
/// What the ledger and the census know of a sweep; the driver adds the rest.
Progress progress_of(const Ledger& ledger, const Census& census);

}  // namespace echelon
