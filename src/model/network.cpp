#include "echelon/model/network.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"

namespace echelon {

namespace {

void require_widths(const std::vector<int>& widths) {
  require(widths.size() >= 2, ExitCode::usage,
          "a network of {} widths has no layer (inputs and outputs are counted) give at least two",
          widths.size());
  for (std::size_t k = 0; k < widths.size(); ++k)
    require(widths[k] >= 1, ExitCode::usage, "width {} of the network is {} (must be at least 1)",
            k, widths[k]);
}

void require_shapes(const std::vector<int>& widths, const Weights<double>& reference) {
  const auto layers = widths.size() - 1;
  require(reference.size() == layers, ExitCode::usage,
          "the reference has {} matrices but the network {} layers", reference.size(), layers);
  for (std::size_t k = 0; k < layers; ++k) {
    const auto& m = reference[k];
    require(m.rows() == widths[k + 1] && m.cols() == widths[k], ExitCode::usage,
            "reference matrix {} is {} x {} but the widths ask for {} x {}", k + 1, m.rows(),
            m.cols(), widths[k + 1], widths[k]);
    require(m.allFinite(), ExitCode::usage, "reference matrix {} has non-finite entries", k + 1);
  }
}

template <class Fill>
Weights<double> matrices(const std::vector<int>& widths, Fill fill) {
  require_widths(widths);
  Weights<double> result;
  for (std::size_t k = 0; k + 1 < widths.size(); ++k)
    result.push_back(fill(widths[k + 1], widths[k]));
  return result;
}

void require_labels(const Network& network, const Split& split) {
  if (split.labels.empty()) return;
  require(std::ssize(split.labels) == split.samples, ExitCode::data,
          "{} samples have {} labels (need one each)", split.samples, split.labels.size());
  const auto [least, largest] = std::minmax_element(split.labels.begin(), split.labels.end());
  require(*least >= 0 && *largest < network.widths.back(), ExitCode::data,
          "labels run from {} to {} but the network has {} outputs (0 to {}) change the last width",
          *least, *largest, network.widths.back(), network.widths.back() - 1);
}

}  // namespace

Network make_network(const std::vector<int>& widths, Functions functions,
                     Weights<double> reference) {
  require_widths(widths);
  require(functions.loss != Loss::cross_entropy || functions.output == Output::softmax,
          ExitCode::usage,
          "cross-entropy needs probabilities (output = identity gives none) use output = softmax");
  require_shapes(widths, reference);
  return {widths, functions.activation, functions.output, functions.loss, std::move(reference)};
}

Weights<double> identity_reference(const std::vector<int>& widths) {
  return matrices(widths, [](int rows, int cols) -> Matrix<double> {
    return Matrix<double>::Identity(rows, cols);
  });
}

Weights<double> zero_reference(const std::vector<int>& widths) {
  return matrices(widths, [](int rows, int cols) -> Matrix<double> {
    return Matrix<double>::Zero(rows, cols);
  });
}

void require_fit(const Network& network, const Split& split) {
  require(split.samples >= 1, ExitCode::data, "the data has no samples");
  require(split.features == network.widths.front(), ExitCode::data,
          "the samples have {} features but the network {} inputs change the first width",
          split.features, network.widths.front());
  if (split.targets.size() == 0) return require_labels(network, split);
  require(network.loss == Loss::squared, ExitCode::data,
          "cross-entropy needs class labels (the data has real targets) use loss = squared");
  require(split.targets.cols() == split.samples, ExitCode::data, "{} samples have {} targets",
          split.samples, split.targets.cols());
  require(split.targets.rows() == network.widths.back(), ExitCode::data,
          "the targets have {} values but the network {} outputs change the last width",
          split.targets.rows(), network.widths.back());
}

}  // namespace echelon
