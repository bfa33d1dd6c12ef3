#pragma once

#include <filesystem>

#include "echelon/storage/run_view.hpp"

namespace echelon {

/// What predict found, for people; NaN without labels or targets.
struct PredictionSummary {
  std::int64_t samples = 0;
  std::int64_t draws = 0;
  double loss = 0;           ///< mean loss of the averaged prediction
  double expected_loss = 0;  ///< mean over the draws of their mean loss
  double error = 0;          ///< share of samples whose largest averaged output is not the label
};

/// Predicts the samples of `data` by every stored draw of the run's weights and writes to `file`,
/// with n samples:
///   mean (sample, output)      the output averaged over the draws
///   sd (sample, output)        its standard deviation over the draws
///   entropy (sample)           of the averaged output in nats, for softmax outputs
///   loss (sample)              of the averaged output, given labels or targets
///   expected_loss (sample)     the loss averaged over the draws, likewise
/// Error(data) when the samples do not fit the network or the run has no draws of weights yet.
PredictionSummary predict(const RunView& run, const std::filesystem::path& data,
                          const std::filesystem::path& file);

}  // namespace echelon
