#include <gtest/gtest.h>

#include <vector>

#include "echelon/model/network_loss.hpp"
#include "support/nodes.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

/// Everything a team computes has the bits a lone rank finds, also when only the node's leader has
/// read the inputs, when there are fewer leaves than ranks, and when the team spans several nodes.
template <class Real>
void expect_same_bits(int samples, const Communicator& node) {
  const std::vector<int> widths{40, 21, 6};
  const auto network = make_network(widths, {Activation::relu, Output::softmax, Loss::squared},
                                    identity_reference(widths));
  auto split = random_split(widths, {.count = samples, .density = .3, .bytes = true}, 1);
  const NetworkLoss<Real> alone(network, split, {}, {});
  const Communicator world = Mpi::world();
  if (!node.is_root()) split.inputs.resize(0, 0);
  const NetworkLoss<Real> team(network, split, node, world);

  const auto weights = random_weights<Real>(widths, 2);
  const auto a = alone.forward(weights), b = team.forward(weights);
  const auto one = alone.evaluate(a, weights[1]), all = team.evaluate(b, weights[1]);
  EXPECT_EQ(one.loss, all.loss);
  EXPECT_EQ(one.error, all.error);
  EXPECT_EQ(alone.outputs(a, weights[1]), team.outputs(b, weights[1]));
  const auto moments = alone.moments(a), shared = team.moments(b);
  EXPECT_EQ(moments.hidden, shared.hidden);
  EXPECT_EQ(moments.cross, shared.cross);
  EXPECT_EQ(moments.target_square, shared.target_square);

  Matrix<Real> changed = weights[0];
  changed.row(20).setConstant(Real{0.25});
  const auto x = alone.extend(alone.root(), 0, changed, {20}, a);
  const auto y = team.extend(team.root(), 0, changed, {20}, b);
  const std::vector alone_branches{a, x}, team_branches{b, y};
  std::vector<double> alone_losses(2), team_losses(2);
  alone.losses(alone_branches, weights[1], alone_losses);
  team.losses(team_branches, weights[1], team_losses);
  EXPECT_EQ(alone_losses, team_losses);
  std::vector<Matrix<double>> alone_slopes(2), team_slopes(2);
  alone.losses(alone_branches, weights[1], alone_losses, alone_slopes);
  team.losses(team_branches, weights[1], team_losses, team_slopes);
  EXPECT_EQ(alone_slopes, team_slopes);
  const std::vector alone_path{alone.root(), a}, team_path{team.root(), b};
  EXPECT_EQ(alone.slopes(alone_path, weights, alone_slopes),
            team.slopes(team_path, weights, team_slopes));
  EXPECT_EQ(alone_slopes, team_slopes);
  EXPECT_EQ(alone.sample_losses(a, weights[1]), team.sample_losses(b, weights[1]));

  const std::vector<const Matrix<Real>*> last(2, &weights[1]);
  for (const double part : {.3, .8, 1.}) {
    const auto give_up = [&](std::span<const double> at_least, std::vector<bool>& given_up) {
      given_up[0] = at_least[1] > part * alone_losses[1];
    };
    EXPECT_EQ(team.losses_unless(team_branches, last, team_losses, give_up, Refusal::early),
              (std::vector<bool>{part < 1, false}));
    EXPECT_EQ(team_losses[1], alone_losses[1]);
  }

  team.arrange(team.sample_losses(b, weights[1]));
  const auto arranged = team.forward(weights);
  const auto two = team.evaluate(arranged, weights[1]);
  EXPECT_EQ(one.loss, two.loss);
  EXPECT_EQ(one.error, two.error);
  EXPECT_EQ(alone.sample_losses(a, weights[1]), team.sample_losses(arranged, weights[1]));
}

TEST(Team, HasTheBitsOfALoneRank) {
  for (int samples : {3, 513, 2100}) {
    expect_same_bits<float>(samples, Mpi::world().node());
    expect_same_bits<double>(samples, Mpi::world().node());
  }
}

TEST(Team, HasTheBitsOfALoneRankOnSeveralNodes) {
  for (const int ranks_of_a_node : {1, 2}) expect_same_bits<float>(2100, nodes_of(ranks_of_a_node));
}

}  // namespace
}  // namespace echelon
