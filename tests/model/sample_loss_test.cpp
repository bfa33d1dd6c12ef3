// The loss of one sample at values that are small, large or no numbers.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "echelon/model/network_loss.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

/// A network whose outputs are its inputs, and one sample.
struct OneSample {
  Network network;
  Split split;
};

OneSample one_sample(const std::vector<float>& z, int label, Functions functions) {
  const int width = static_cast<int>(z.size());
  const std::vector<int> widths{width, width};
  Split split;
  split.samples = 1;
  split.features = width;
  split.inputs = Eigen::Map<const Matrix<float>>(z.data(), width, 1);
  split.labels = {label};
  return {make_network(widths, functions, identity_reference(widths)), split};
}

/// The loss of one sample whose last values are these.
template <class Real>
double loss_at(const std::vector<float>& z, int label, Functions functions) {
  const auto [network, split] = one_sample(z, label, functions);
  const NetworkLoss<Real> model(network, split, {}, {});
  const Matrix<Real> identity = Matrix<Real>::Identity(std::ssize(z), std::ssize(z));
  const double loss = model.sample_losses(model.root(), identity)[0];
  const double mean = model.evaluate(model.root(), identity).loss;
  if (std::isfinite(loss)) {
    EXPECT_NEAR(mean, loss, 0x1p-53);
  }
  return std::isfinite(mean) ? loss : mean;
}

TEST(NetworkLoss, SmallLossesDoNotCancel) {
  const Functions squared, entropy{Activation::relu, Output::softmax, Loss::cross_entropy};
  for (float gap : {0.5F, 3.0F, 9.0F, 15.0F, 30.0F}) {
    const double p = 1 / (1 + std::exp(static_cast<double>(gap)));
    const double squared_loss = 2 * p * p, entropy_loss = -std::log1p(-p);
    EXPECT_NEAR(loss_at<float>({gap, 0}, 0, squared) / squared_loss, 1, 2e-6) << gap;
    EXPECT_NEAR(loss_at<double>({gap, 0}, 0, squared) / squared_loss, 1, 1e-14) << gap;
    EXPECT_NEAR(loss_at<float>({gap, 0}, 0, entropy) / entropy_loss, 1, 2e-6) << gap;
    EXPECT_NEAR(loss_at<double>({gap, 0}, 0, entropy) / entropy_loss, 1, 1e-14) << gap;
  }
}

TEST(NetworkLoss, LargeValuesGiveFiniteLosses) {
  const Functions squared, entropy{Activation::relu, Output::softmax, Loss::cross_entropy};
  EXPECT_EQ(loss_at<float>({1e4F, 0, -3e4F}, 0, squared), 0);
  EXPECT_EQ(loss_at<float>({1e4F, 0, -3e4F}, 1, squared), 2);
  EXPECT_EQ(loss_at<float>({1e4F, 0, -3e4F}, 0, entropy), 0);
  EXPECT_EQ(loss_at<float>({1e4F, 0, -3e4F}, 2, entropy), 4e4);
  EXPECT_EQ(loss_at<double>({1e4F, 0, -3e4F}, 2, entropy), 4e4);
}

TEST(NetworkLoss, NonFiniteValuesAreNotHidden) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  for (Loss loss : {Loss::squared, Loss::cross_entropy})
    for (float bad : {inf, nan})
      for (int at : {0, 1, 2}) {
        std::vector<float> z{1, 2, 3};
        z[static_cast<std::size_t>(at)] = bad;
        const Functions functions{Activation::relu, Output::softmax, loss};
        EXPECT_FALSE(std::isfinite(loss_at<float>(z, 1, functions))) << bad << " at " << at;
        EXPECT_FALSE(std::isfinite(loss_at<double>(z, 1, functions))) << bad << " at " << at;
      }
  for (Activation activation : {Activation::relu, Activation::tanh, Activation::identity}) {
    const std::vector<int> widths{2, 5, 3};
    const auto network = make_network(widths, {activation, Output::softmax, Loss::squared},
                                      identity_reference(widths));
    const NetworkLoss<float> model(network, random_split(widths, {.count = 70}, 1), {}, {});
    auto weights = random_weights<float>(widths, 2);
    weights[0](4, 1) = nan;
    EXPECT_TRUE(std::isnan(model.evaluate(model.forward(weights), weights[1]).loss));
  }
}

}  // namespace
}  // namespace echelon
