#include "predictions.hpp"

#include <cmath>
#include <limits>
#include <memory>

#include "../run/parts.hpp"
#include "echelon/core/error.hpp"
#include "echelon/model/network_loss.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The weights of one draw of every chain.
std::vector<Weights<double>> weights_at(const RunView& run, std::int64_t draw,
                                        const std::vector<int>& widths) {
  std::vector<Weights<double>> chains;
  for (std::size_t k = 1; k < widths.size(); ++k) {
    const auto values = run.read<double>(tables::posterior, fmt::format("W{}", k), draw, 1);
    const auto size = static_cast<std::size_t>(widths[k]) * static_cast<std::size_t>(widths[k - 1]);
    chains.resize(values.size() / size);
    using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    for (std::size_t c = 0; c < chains.size(); ++c)
      chains[c].push_back(
          Eigen::Map<const RowMajor>(values.data() + c * size, widths[k], widths[k - 1]));
  }
  return chains;
}

/// What is known of the samples, as one column of targets each; empty when nothing is.
Matrix<double> known_targets(const Split& split, int outputs) {
  if (split.targets.size() > 0) return split.targets.cast<double>();
  if (split.labels.empty()) return {};
  Matrix<double> targets = Matrix<double>::Zero(outputs, split.samples);
  for (int i = 0; i < split.samples; ++i) targets(split.labels[static_cast<std::size_t>(i)], i) = 1;
  return targets;
}

/// The loss of every sample.
Vector<double> losses(Loss loss, const Matrix<double>& outputs, const Matrix<double>& targets) {
  if (loss == Loss::squared) return (outputs - targets).colwise().squaredNorm();
  return -(outputs.array() * targets.array()).colwise().sum().log().transpose();
}

double share_misclassified(const Matrix<double>& outputs, const std::vector<int>& labels) {
  if (labels.empty()) return nan;
  int wrong = 0;
  for (Eigen::Index i = 0; i < outputs.cols(); ++i) {
    Eigen::Index largest = 0;
    outputs.col(i).maxCoeff(&largest);
    wrong += largest != labels[static_cast<std::size_t>(i)];
  }
  return wrong / static_cast<double>(outputs.cols());
}

/// Sums over draws of the outputs, their squares and their losses.
struct Sums {
  Matrix<double> outputs, squares;
  Vector<double> losses;
  std::int64_t draws = 0;
};

Sums sum_over_draws(const RunView& run, const NetworkLoss<double>& model,
                    const Matrix<double>& targets) {
  const auto& network = model.network();
  const auto outputs = network.widths.back(), samples = model.samples();
  Sums sums{Matrix<double>::Zero(outputs, samples), Matrix<double>::Zero(outputs, samples),
            Vector<double>::Zero(targets.cols()), 0};
  const auto rows = run.rows(tables::posterior);
  for (std::int64_t draw = 0; draw < rows; ++draw)
    for (const auto& weights : weights_at(run, draw, network.widths)) {
      const auto out = model.outputs(model.forward(weights), weights.back());
      sums.outputs += out;
      sums.squares += out.cwiseAbs2();
      if (targets.size() > 0) sums.losses += losses(network.loss, out, targets);
      ++sums.draws;
    }
  return sums;
}

void write_columns(H5File& file, const std::string& name, const Matrix<double>& columns,
                   const std::string& meaning) {
  const H5Dims dims{static_cast<std::uint64_t>(columns.cols()),
                    static_cast<std::uint64_t>(columns.rows())};
  file.write_array<double>("/" + name, dims,
                           {columns.data(), static_cast<std::size_t>(columns.size())});
  file.set_attribute("/" + name, "long_name", meaning);
}

void write_samples(H5File& file, const std::string& name, const Vector<double>& values,
                   const std::string& meaning) {
  const H5Dims dims{static_cast<std::uint64_t>(values.size())};
  file.write_array<double>("/" + name, dims,
                           {values.data(), static_cast<std::size_t>(values.size())});
  file.set_attribute("/" + name, "long_name", meaning);
}

}  // namespace

PredictionSummary predict(const RunView& run, const std::filesystem::path& data,
                          const std::filesystem::path& file) {
  require(run.manifest().schema.find(tables::posterior) && run.rows(tables::posterior) > 0,
          ExitCode::data, "{} holds no draws of weights (output.weights, run.thin-weights)",
          run.path().string());
  const auto config = Config::parse(run.manifest().config, "configuration of the run");
  auto split = load_samples(data, data_options(config));
  const auto network = make_network(config);
  const auto targets = known_targets(split, network.widths.back());
  const auto labels = split.labels;
  if (targets.size() == 0) split.labels.assign(static_cast<std::size_t>(split.samples), 0);
  const NetworkLoss<double> model(network, split, {}, {});
  const auto sums = sum_over_draws(run, model, targets);

  const auto draws = static_cast<double>(sums.draws);
  const Matrix<double> mean = sums.outputs / draws;
  const Matrix<double> variance = (sums.squares / draws - mean.cwiseAbs2()).cwiseMax(0);
  auto out = H5File::create(file);
  write_columns(out, "mean", mean, "output of the network averaged over the draws");
  write_columns(out, "sd", variance.cwiseSqrt(), "its standard deviation over the draws");
  PredictionSummary summary{split.samples, sums.draws, nan, nan, nan};
  if (network.output == Output::softmax) {
    const Matrix<double> terms = (mean.array() > 0).select(mean.array() * mean.array().log(), 0);
    write_samples(out, "entropy", -terms.colwise().sum(),
                  "entropy of the averaged output, in nats");
  }
  if (targets.size() > 0) {
    const Vector<double> of_mean = losses(network.loss, mean, targets);
    write_samples(out, "loss", of_mean, "loss of the averaged output");
    write_samples(out, "expected_loss", sums.losses / draws, "loss averaged over the draws");
    summary.loss = of_mean.mean();
    summary.expected_loss = sums.losses.mean() / draws;
    summary.error = share_misclassified(mean, labels);
  }
  out.set_attribute("/", "draws", sums.draws);
  out.set_attribute("/", "run", run.path().string());
  out.set_attribute("/", "data", data.string());
  out.close();
  return summary;
}

}  // namespace echelon
