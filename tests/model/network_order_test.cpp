// Losses that are given up early, and the order of the samples that lets them be.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/model/network_loss.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

/// A rule on losses gives the same answer whether it is asked of part of them or of all; where it
/// does not strike, the losses are what they are without it.
TEST(NetworkLoss, AreRefusedEarlyWhenTheyWouldBeInTheEnd) {
  const std::vector<int> widths{30, 20, 10};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<float> model(network, random_split(widths, {.count = 3000}, 1), {}, {});
  const auto one = random_weights<float>(widths, 2), two = random_weights<float>(widths, 3);
  const std::vector<const Matrix<float>*> last{&one[1], &two[1]};
  const auto branches = [&] { return std::vector{model.forward(one), model.forward(two)}; };
  std::vector<double> exact(2), out(2);
  for (std::size_t i = 0; i < 2; ++i) model.losses({&branches()[i], 1}, *last[i], {&exact[i], 1});
  const double sum = exact[0] + exact[1];
  for (const double limit : {0., .01 * sum, .5 * sum, .99 * sum, std::nextafter(sum, 0.), sum})
    for (const Refusal refusal : {Refusal::early, Refusal::at_the_end}) {
      int asked = 0;
      const auto give_up = [&](std::span<const double> at_least, std::vector<bool>& given_up) {
        ++asked;
        EXPECT_LE(at_least[0], exact[0]);
        EXPECT_LE(at_least[1], exact[1]);
        given_up.assign(2, at_least[0] + at_least[1] > limit);
      };
      const auto given_up = model.losses_unless(branches(), last, out, give_up, refusal);
      EXPECT_EQ(given_up, std::vector<bool>(2, limit < sum)) << limit;
      EXPECT_TRUE(given_up[0] || out == exact) << limit;
      EXPECT_TRUE(refusal == Refusal::early ? limit > .9 * sum || asked < 6 : asked == 1) << limit;
    }
}

/// Losses of one call are given up one by one, and what is left is what it is alone.
TEST(NetworkLoss, AreGivenUpOneByOne) {
  const std::vector<int> widths{30, 20, 10};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<float> model(network, random_split(widths, {.count = 3000}, 1), {}, {});
  const auto one = random_weights<float>(widths, 2), two = random_weights<float>(widths, 3);
  const std::vector<const Matrix<float>*> last{&two[1], &one[1], &two[1]};
  const std::vector branches(3, model.forward(one));
  std::vector<double> exact(3), out(3);
  for (std::size_t i = 0; i < 3; ++i) model.losses({&branches[i], 1}, *last[i], {&exact[i], 1});
  for (std::size_t kept = 0; kept < 3; ++kept) {
    int asked = 0;
    const auto give_up = [&](std::span<const double> at_least, std::vector<bool>& given_up) {
      const std::size_t least = static_cast<std::size_t>(asked++ % 2);
      const std::size_t marked = (kept + 1 + least) % 3;  // one after the first look, one later
      given_up[marked] = given_up[marked] || at_least[marked] > exact[marked] / 4;
    };
    const auto given_up = model.losses_unless(branches, last, out, give_up, Refusal::early);
    EXPECT_EQ(out[kept], exact[kept]);
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(given_up[i], i != kept);
  }
}

/// Hard samples first: the same bits, and a sum that passes half of its value early.
template <class Real>
void expect_arrangement(double density, bool bytes) {
  const std::vector<int> widths{40, 20, 4};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 20000, .density = density, .bytes = bytes}, 1);
  const NetworkLoss<Real> model(network, split, {}, {}), fresh(network, split, {}, {});
  auto weights = random_weights<Real>(widths, 2);
  weights[1] *= Real{8};  // few samples are in between
  const auto before = model.forward(weights);
  const auto losses = model.sample_losses(before, weights[1]);
  const auto outputs = model.outputs(before, weights[1]);
  const auto looks = [&](const typename NetworkLoss<Real>::Branch& branch) {
    int asked = 0;
    double loss;
    const Matrix<Real>* last = &weights[1];
    const double half = model.evaluate(branch, weights[1]).loss / 2;
    model.losses_unless(
        {&branch, 1}, {&last, 1}, {&loss, 1},
        [&](std::span<const double> at_least, std::vector<bool>& given_up) {
          ++asked;
          given_up[0] = at_least[0] > half;
        },
        Refusal::early);
    return asked;
  };
  const int unordered = looks(before);
  model.visit_hardest_first(before, weights[1]);
  EXPECT_LE(looks(before), unordered);
  for (int time = 0; time < 2; ++time) {
    model.arrange(losses);
    const auto after = model.forward(weights);
    EXPECT_EQ(model.sample_losses(after, weights[1]), losses);
    EXPECT_EQ(model.outputs(after, weights[1]), outputs);
    EXPECT_EQ(model.evaluate(after, weights[1]).loss,
              fresh.evaluate(fresh.forward(weights), weights[1]).loss);
    const int arranged = looks(after);
    EXPECT_LT(arranged, .9 * unordered);
    model.visit_hardest_first(after, weights[1]);
    EXPECT_LE(looks(after), arranged);
    EXPECT_EQ(model.evaluate(after, weights[1]).loss,
              fresh.evaluate(fresh.forward(weights), weights[1]).loss);
    EXPECT_THROW(model.evaluate(before, weights[1]), Error);
  }
}

/// Losses that share packed samples: the same bits, in any order of the samples; the one that did
/// not reorder them says so.
TEST(NetworkLoss, SharesPackedSamples) {
  const std::vector<int> widths{40, 20, 4};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto split = random_split(widths, {.count = 3000, .density = .3}, 1);
  const auto weights = random_weights<float>(widths, 2);
  const auto loss = [&](const NetworkLoss<float>& model) {
    return model.evaluate(model.forward(weights), weights[1]).loss;
  };
  const NetworkLoss<float> own(network, split, {}, {});
  const PackedSplit<float> packed(split, {});
  const NetworkLoss<float> first(network, packed, {});
  EXPECT_EQ(loss(first), loss(own));
  first.arrange(own.sample_losses(own.forward(weights), weights[1]));
  EXPECT_EQ(loss(first), loss(own));
  const NetworkLoss<float> second(network, packed, {});
  EXPECT_EQ(loss(second), loss(own));
  EXPECT_EQ(second.sample_losses(second.forward(weights), weights[1]),
            own.sample_losses(own.forward(weights), weights[1]));
  second.arrange(own.sample_losses(own.forward(weights), weights[1]));
  EXPECT_EQ(loss(second), loss(own));
  EXPECT_THROW(loss(first), Error);
}

TEST(NetworkLoss, KeepsItsBitsWhenSamplesAreArranged) {
  expect_arrangement<float>(.3, true);
  expect_arrangement<float>(.3, false);
  expect_arrangement<double>(.2, true);
  expect_arrangement<double>(1, false);
}

}  // namespace
}  // namespace echelon
