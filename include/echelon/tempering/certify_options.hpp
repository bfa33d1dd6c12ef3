#pragma once

#include <csignal>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string_view>
#include <vector>

#include "echelon/core/archive.hpp"
#include "echelon/tempering/ladder.hpp"
#include "echelon/tempering/paths.hpp"

namespace echelon {

namespace tables {
/// One row a rung, without chain axis: beta; train_loss and work (path) as the paths leave it. The
/// pilots' has also train_error (path) and bound, what they would certify if they stopped there.
inline constexpr std::string_view pilot = "/certificate/pilot";
inline constexpr std::string_view path = "/certificate/path";
/// Latest row only, made at the end: what CertifyOptions::certify returns, stop_rung and stop_beta.
inline constexpr std::string_view certificate = "/certificate";
}  // namespace tables

enum class CertifyPhase { pilot, certify };
/// Whether the certifying paths climb the whole ladder or only to where the pilots' bound was best.
enum class StopRule { last, pilot };

struct CertifyProgress {
  CertifyPhase phase = CertifyPhase::pilot;
  int rung = 0, last_rung = 0;
  std::int64_t step = 0, last_step = 0;
  std::vector<double> losses;  ///< by path
};

struct CertifyOptions {
  std::uint64_t seed = 1;
  int chains = 1;       ///< certifying paths
  int moves = 1;        ///< per rung
  int pilots = 1;       ///< pilot paths
  int pilot_moves = 1;  ///< per rung
  StopRule stop_rule = StopRule::last;

  /// What paths of these works and training errors certify; used for the pilots.
  std::function<double(std::span<const double> works, std::span<const double> errors)> bound;
  /// The certificate's row, from every path's work and statistics.
  std::function<Archive(std::span<const double> works, std::span<const Archive> statistics)>
      certify;
  bool stores_weights = true;
  bool records(std::string_view table) const { return stores_weights || table != "/posterior"; }

  double commit_seconds = 300;     ///< between commits
  std::int64_t commit_sweeps = 0;  ///< between further commits; 0: none
  double max_seconds = std::numeric_limits<double>::infinity();
  const volatile std::sig_atomic_t* stop = nullptr;
  std::function<void(const CertifyProgress&)> progress;  ///< root, after every step
  std::function<double()> clock;                         ///< default: the steady clock
};

/// Error(usage) naming the first option that makes no sense.
void check(const CertifyOptions& options, const Ladder& ladder);

/// The paths of a phase. Pilots are replicas 0, 1, ..; certifying paths count from 2^31, so that
/// they share no random number with the pilots, nor with a sampling run of the same seed.
PathPlan plan_of(const CertifyOptions& options, CertifyPhase phase);

/// What the pilots found on the rungs they passed, and the rung at which the certifying paths stop.
class PilotRecord {
 public:
  PilotRecord() = default;
  explicit PilotRecord(const Ladder& ladder) : stop_(ladder.rungs() - 1) {}

  /// The next rung.
  void add(std::span<const double> works, std::span<const double> errors,
           const CertifyOptions& options);
  const std::vector<double>& bounds() const { return bounds_; }
  /// The rung of the smallest bound; the last one if none is a number.
  int best() const;
  int stop() const { return stop_; }
  void set_stop(int rung) { stop_ = rung; }

  Archive pack() const;
  /// Error(data) when the record does not fit the ladder.
  static PilotRecord unpack(const Ladder& ladder, const Archive& archive);

 private:
  int stop_ = 0;
  std::vector<double> bounds_;
};

}  // namespace echelon
