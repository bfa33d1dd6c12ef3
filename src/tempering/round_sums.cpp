#include "echelon/tempering/round_sums.hpp"

#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/core/log_math.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

double ratio(double sum, std::int64_t count) {
  return count > 0 ? sum / static_cast<double>(count) : nan;
}

}  // namespace

RoundSums::RoundSums(int rungs, int report_size)
    : energies_(static_cast<std::size_t>(rungs), 0),
      reports_(static_cast<std::size_t>(rungs * report_size), 0),
      reported_(reports_.size(), 0),
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
      for (std::size_t i = 0; i < width; ++i) {
        const double value = census.reports[replica * width + i];
        if (std::isnan(value)) continue;
        reports_[rung * width + i] += value;
        ++reported_[rung * width + i];
      }
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

std::vector<double> RoundSums::mean_energies() const {
  std::vector<double> means;
  for (const double sum : energies_) means.push_back(ratio(sum, draws_));
  return means;
}

std::vector<double> RoundSums::mean_reports() const {
  std::vector<double> means;
  for (std::size_t i = 0; i < reports_.size(); ++i)
    means.push_back(ratio(reports_[i], reported_[i]));
  return means;
}

std::vector<double> RoundSums::rejections() const {
  std::vector<double> result;
  for (std::size_t pair = 0; pair < attempts_.size(); ++pair)
    result.push_back(1 - ratio(acceptances_[pair], attempts_[pair]));
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
  archive.put("reported", reported_);
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
  sums.reported_ = archive.get<std::int64_t>("reported");
  sums.attempts_ = archive.get<std::int64_t>("attempts");
  sums.undecided_ = archive.get<std::int64_t>("undecided");
  sums.acceptances_ = archive.get<double>("acceptances");
  sums.log_sums_up_ = archive.get<double>("log_sums_up");
  sums.log_sums_down_ = archive.get<double>("log_sums_down");
  const std::size_t rungs = sums.energies_.size();
  require(rungs > 0 && sums.reports_.size() % rungs == 0 &&
              sums.reported_.size() == sums.reports_.size() && sums.attempts_.size() == rungs - 1 &&
              sums.undecided_.size() == rungs - 1 && sums.acceptances_.size() == rungs - 1 &&
              sums.log_sums_up_.size() == rungs - 1 && sums.log_sums_down_.size() == rungs - 1,
          ExitCode::data, "sums over {} rungs and {} pairs do not fit one ladder", rungs,
          sums.attempts_.size());
  return sums;
}

}  // namespace echelon
