#include <gtest/gtest.h>

#include <cstdlib>

#include "echelon/data/dataset.hpp"
#include "echelon/model/network_loss.hpp"

namespace echelon {
namespace {

// The released experiment of the paper starts from rectangular identities, whose logits see only
// the first ten pixels, which are black in every image: all outputs are .1 and the loss is .9^2 + 9
// x .1^2 = .9 [J p.27, figure at t = 0].
TEST(Mnist, StartsAtTheLossOfThePaper) {
  const char* const dir = std::getenv("ECHELON_MNIST_DIR");
  if (dir == nullptr) GTEST_SKIP() << "set ECHELON_MNIST_DIR to the folder of the four files";
  DataOptions options;
  options.dir = dir;
  const Dataset data = load(options);
  const std::vector<int> widths{784, 100, 10};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<float> model(network, data.test, {}, {});
  Weights<float> start;
  for (const auto& m : network.reference) start.push_back(m.cast<float>());
  EXPECT_NEAR(model.evaluate(model.forward(start), start.back()).loss, .9, 1e-6);
}

}  // namespace
}  // namespace echelon
