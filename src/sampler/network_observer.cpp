#include <limits>
#include <utility>

#include "echelon/sampler/network_target.hpp"

namespace echelon {

template <class Real>
NetworkObserver<Real>::NetworkObserver(std::shared_ptr<const NetworkLoss<Real>> train,
                                       std::shared_ptr<const NetworkLoss<Real>> test, Prior prior,
                                       double last_temperature)
    : train_(std::move(train)),
      test_(std::move(test)),
      prior_(std::move(prior)),
      last_temperature_(last_temperature) {}

template <class Real>
Archive NetworkObserver<Real>::statistics(
    const Weights<Real>& weights, const typename NetworkLoss<Real>::Branch& entering_last) const {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  const auto train = train_->evaluate(entering_last, weights.back());
  const auto test = test_ ? test_->evaluate(test_->forward(weights), weights.back())
                          : Evaluation{unknown, unknown};
  double lp = -train.loss / last_temperature_;
  std::vector<double> deviation, norm;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const Matrix<double> w = weights[k].template cast<double>();
    lp += log_density_ratio(prior_, static_cast<int>(k), prior_.mean[k], w);
    deviation.push_back(spectral_norm(w - prior_.mean[k]));
    norm.push_back(spectral_norm(w));
  }
  Archive archive;
  archive.put("train_loss", train.loss);
  archive.put("train_error", train.error);
  archive.put("test_loss", test.loss);
  archive.put("test_error", test.error);
  archive.put("lp", lp);
  archive.put("deviation_norm", deviation);
  archive.put("spectral_norm", norm);
  return archive;
}

template <class Real>
Archive NetworkObserver<Real>::weights(const Weights<Real>& weights) const {
  using RowMajor = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  Archive archive;
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const RowMajor w = weights[k];
    archive.put(fmt::format("W{}", k + 1), std::vector<Real>(w.data(), w.data() + w.size()));
  }
  return archive;
}

template <class Real>
DrawObserver<NetworkLoss<Real>> NetworkObserver<Real>::observer() const {
  using Sample = Draw<NetworkLoss<Real>>;
  return {[self = *this](const Sample& draw) {
            return self.statistics(draw.weights, draw.entering_last);
          },
          [self = *this](const Sample& draw) { return self.weights(draw.weights); }};
}

template class NetworkObserver<float>;
template class NetworkObserver<double>;

}  // namespace echelon
