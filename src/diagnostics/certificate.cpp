#include "echelon/diagnostics/certificate.hpp"

#include <cmath>
#include <numeric>

#include "echelon/core/error.hpp"
#include "echelon/diagnostics/kl.hpp"

namespace echelon {

namespace {

double complexity_term(double divergence, double samples, double delta) {
  require(samples >= 8 && 0 < delta && delta < 1, ExitCode::internal,
          "{} samples and delta {} certify nothing (at least 8 samples, delta in (0, 1))", samples,
          delta);
  return (divergence + std::log(2 * std::sqrt(samples) / delta)) / samples;
}

void check_schedule(std::span<const double> inverse_temperatures, std::size_t values) {
  require(values > 0 && inverse_temperatures.size() == values && inverse_temperatures[0] == 0,
          ExitCode::internal,
          "{} inverse temperatures for {} losses (as many are needed, the first of them 0)",
          inverse_temperatures.size(), values);
  for (std::size_t k = 1; k < values; ++k)
    require(inverse_temperatures[k] > inverse_temperatures[k - 1], ExitCode::internal,
            "inverse temperature {} follows {} (they must ascend)", inverse_temperatures[k],
            inverse_temperatures[k - 1]);
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

double pac_bayes_kl_bound(double training_error, double divergence, double samples, double delta) {
  return kl_inverse(training_error, complexity_term(divergence, samples, delta));
}

DivergenceBracket gibbs_divergence(std::span<const double> inverse_temperatures,
                                   std::span<const Estimate> mean_losses) {
  check_schedule(inverse_temperatures, mean_losses.size());
  const std::size_t last = mean_losses.size() - 1;
  const auto step = [&](std::size_t k) {  // b_k - b_{k-1}
    return 0 < k && k <= last ? inverse_temperatures[k] - inverse_temperatures[k - 1] : 0.0;
  };
  DivergenceBracket bracket;
  double lower_variance = 0;
  double upper_variance = 0;
  for (std::size_t k = 0; k <= last; ++k) {
    const auto [value, error] = mean_losses[k];
    const double end = k == last ? inverse_temperatures[last] : 0.0;
    const double lower_weight = step(k) - end;
    const double upper_weight = step(k + 1) - end;
    bracket.lower.value += lower_weight * value;
    bracket.upper.value += upper_weight * value;
    lower_variance += lower_weight * lower_weight * error * error;
    upper_variance += upper_weight * upper_weight * error * error;
  }
  bracket.lower.standard_error = std::sqrt(lower_variance);
  bracket.upper.standard_error = std::sqrt(upper_variance);
  return bracket;
}

double path_work(double log_end, std::span<const double> log_ratios) {
  return log_end - std::accumulate(log_ratios.begin(), log_ratios.end(), 0.0);
}

double path_work(std::span<const double> inverse_temperatures, std::span<const double> losses) {
  check_schedule(inverse_temperatures, losses.size());
  double work = -inverse_temperatures.back() * losses.back();
  for (std::size_t k = 1; k < losses.size(); ++k)
    work += (inverse_temperatures[k] - inverse_temperatures[k - 1]) * losses[k - 1];
  return work;
}

PathCertificate path_certificate(std::span<const double> works,
                                 std::span<const double> training_errors, double samples,
                                 double delta) {
  require(!works.empty() && works.size() == training_errors.size(), ExitCode::internal,
          "{} path works and {} training errors (one of each per path is needed)", works.size(),
          training_errors.size());
  PathCertificate certificate;
  certificate.mean_work = mean(works);
  certificate.training_error = mean(training_errors);
  certificate.complexity = complexity_term(certificate.mean_work, samples, delta);
  certificate.bound = kl_inverse(certificate.training_error, certificate.complexity);
  return certificate;
}

}  // namespace echelon
