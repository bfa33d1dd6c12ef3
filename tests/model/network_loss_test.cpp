#include "echelon/model/network_loss.hpp"

#include <gtest/gtest.h>

#include "support/naive_network.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

TEST(NetworkLoss, AgreesWithTheNaiveTwin) {
  const std::vector<int> widths{20, 13, 7, 5};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 513}, 1);
  const auto weights = random_weights<double>(widths, 2);
  const NetworkLoss<double> model(network, split, {}, {});
  const auto result = model.evaluate(model.forward(weights), weights.back());
  EXPECT_NEAR(result.loss, naive::loss(network, weights, split), 1e-12);
  EXPECT_DOUBLE_EQ(result.error, naive::error(network, weights, split));
}

}  // namespace
}  // namespace echelon
