#include "echelon/tempering/certify_options.hpp"

#include "echelon/core/error.hpp"

namespace echelon {

void check(const CertifyOptions& options, const Ladder& ladder) {
  require(options.chains >= 1 && options.pilots >= 1, ExitCode::usage,
          "{} certifying chains and {} pilots (at least one of each)", options.chains,
          options.pilots);
  require(options.moves >= 0 && options.pilot_moves >= 0, ExitCode::usage,
          "{} and {} moves per rung cannot be negative", options.moves, options.pilot_moves);
  require(ladder.rungs() > 1 && ladder.betas()[0] == 0, ExitCode::usage,
          "certifying chains need a ladder from beta = 0 (they start at exact draws of the prior)");
  require(options.commit_seconds > 0 && options.max_seconds > 0, ExitCode::usage,
          "a commit every {} s within {} s is impossible (both must be positive)",
          options.commit_seconds, options.max_seconds);
}

PathPlan plan_of(const CertifyOptions& options, CertifyPhase phase) {
  constexpr std::uint32_t first_certifying = std::uint32_t{1} << 31;
  if (phase == CertifyPhase::pilot) return {options.seed, 0, options.pilots, options.pilot_moves};
  return {options.seed, first_certifying, options.chains, options.moves};
}

void PilotRecord::add(std::span<const double> works, std::span<const double> errors,
                      const CertifyOptions& options) {
  bounds_.push_back(options.bound ? options.bound(works, errors)
                                  : std::numeric_limits<double>::quiet_NaN());
}

int PilotRecord::best() const {
  int best = stop_;
  for (int rung = 1; rung < static_cast<int>(bounds_.size()); ++rung) {
    const auto bound = [&](int at) { return bounds_[static_cast<std::size_t>(at)]; };
    if (bound(rung) < bound(best)) best = rung;
  }
  return best;
}

Archive PilotRecord::pack() const {
  Archive archive;
  archive.put("stop", std::int64_t{stop_});
  archive.put("bounds", bounds_);
  return archive;
}

PilotRecord PilotRecord::unpack(const Ladder& ladder, const Archive& archive) {
  PilotRecord record(ladder);
  const auto stop = archive.get_scalar<std::int64_t>("stop");
  record.bounds_ = archive.get<double>("bounds");
  require(stop >= 1 && stop < ladder.rungs() && std::ssize(record.bounds_) <= ladder.rungs(),
          ExitCode::data, "a record of {} rungs that stops at {} does not fit a ladder of {}",
          record.bounds_.size(), stop, ladder.rungs());
  record.set_stop(static_cast<int>(stop));
  return record;
}

}  // namespace echelon
