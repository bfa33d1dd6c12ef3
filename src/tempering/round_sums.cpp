#include "echelon/tempering/round_sums.hpp"

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/core/log_math.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

std::vector<double> divided(const std::vector<double>& sums, std::int64_t count) {
  std::vector<double> means(sums);
  for (double& mean : means) mean = count > 0 ? mean / static_cast<double>(count) : nan;
  return means;
}

}  // namespace

RoundSums::RoundSums(int rungs, int report_size)
    : energies_(static_cast<std::size_t>(rungs), 0),
      reports_(static_cast<std::size_t>(rungs * report_size), 0),
      attempts_(static_cast<std::size_t>(rungs - 1), 0),
      undecided_(attempts_),
      acceptances_(static_cast<std::size_t>(rungs - 1), 0),
      log_sums_up_(static_cast<std::size_t>(rungs - 1), minus_infinity),
      log_sums_down_(log_sums_up_) {}

void RoundSums::add_draws(const Assignment& assignment, const Census& census) {
  const std::size_t width = reports_.size() / energies_.size();
  for (int ladder = 0; ladder < assignment.ladders(); ++ladder) {
    for (std::size_t rung = 0; rung < energies_.size(); ++rung) {
      const auto replica =
          static_cast<std::size_t>(assignment.replica_at(ladder, static_cast<int>(rung)));
      energies_[rung] += census.energies[replica];
      for (std::size_t i = 0; i < width; ++i)
        reports_[rung * width + i] += census.reports[replica * width + i];
    }
    ++draws_;
  }
}

void RoundSums::add_attempts(std::span<const Attempt> attempts) {
  for (const Attempt& attempt : attempts) {
    const auto pair = static_cast<std::size_t>(attempt.lower);
    ++attempts_[pair];
    if (std::isnan(attempt.up + attempt.down)) {
      ++undecided_[pair];
      continue;
    }
    acceptances_[pair] += attempt.acceptance;
    log_sums_up_[pair] = log_add(log_sums_up_[pair], attempt.up);
    log_sums_down_[pair] = log_add(log_sums_down_[pair], attempt.down);
  }
}

std::vector<double> RoundSums::mean_energies() const { return divided(energies_, draws_); }

std::vector<double> RoundSums::mean_reports() const { return divided(reports_, draws_); }

std::vector<double> RoundSums::rejections() const {
  std::vector<double> result;
  for (std::size_t pair = 0; pair < attempts_.size(); ++pair)
    result.push_back(
        attempts_[pair] > 0 ? 1 - acceptances_[pair] / static_cast<double>(attempts_[pair]) : nan);
  return result;
}

std::vector<double> RoundSums::log_normalisers_up() const { return log_means(log_sums_up_); }

std::vector<double> RoundSums::log_normalisers_down() const {
  std::vector<double> result = log_means(log_sums_down_);
  for (double& value : result) value = -value;
  return result;
}

std::vector<double> RoundSums::log_means(const std::vector<double>& log_sums) const {
  std::vector<double> result;
  for (std::size_t pair = 0; pair < attempts_.size(); ++pair) {
    const auto count = static_cast<double>(attempts_[pair]);
    result.push_back(count > 0 ? log_sums[pair] - std::log(count) : nan);
  }
  return result;
}

Archive RoundSums::pack() const {
  Archive archive;
  archive.put("draws", draws_);
  archive.put("energies", energies_);
  archive.put("reports", reports_);
  archive.put("attempts", attempts_);
  archive.put("undecided", undecided_);
  archive.put("acceptances", acceptances_);
  archive.put("log_sums_up", log_sums_up_);
  archive.put("log_sums_down", log_sums_down_);
  return archive;
}

RoundSums RoundSums::unpack(const Archive& archive) {
  RoundSums sums(1, 0);
  sums.draws_ = archive.get_scalar<std::int64_t>("draws");
  sums.energies_ = archive.get<double>("energies");
  sums.reports_ = archive.get<double>("reports");
  sums.attempts_ = archive.get<std::int64_t>("attempts");
  sums.undecided_ = archive.get<std::int64_t>("undecided");
  sums.acceptances_ = archive.get<double>("acceptances");
  sums.log_sums_up_ = archive.get<double>("log_sums_up");
  sums.log_sums_down_ = archive.get<double>("log_sums_down");
  const std::size_t rungs = sums.energies_.size();
  require(rungs > 0 && sums.reports_.size() % rungs == 0 && sums.attempts_.size() == rungs - 1 &&
              sums.undecided_.size() == rungs - 1 && sums.acceptances_.size() == rungs - 1 &&
              sums.log_sums_up_.size() == rungs - 1 && sums.log_sums_down_.size() == rungs - 1,
          ExitCode::data, "sums over {} rungs and {} pairs do not fit one ladder", rungs,
          sums.attempts_.size());
  return sums;
}

}  // namespace echelon
