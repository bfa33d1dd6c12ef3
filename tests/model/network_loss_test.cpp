#include "echelon/model/network_loss.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/sampler/layered_loss.hpp"
#include "support/naive_network.hpp"
#include "support/random_network.hpp"

namespace echelon {
namespace {

static_assert(SlopedLoss<NetworkLoss<float>> && SlopedLoss<NetworkLoss<double>>);

struct Case {
  std::string name;
  std::vector<int> widths;
  Functions functions;
  Samples samples;
};

// Depths 1 to 4; sample counts around blocks and leaves; unit counts around the tiles' sizes; every
// activation, output, loss, kind of truth and way of storing inputs.
const std::vector<Case> cases{
    {"depth1", {9, 3}, {}, {.count = 65, .density = .5}},
    {"depth1_bytes", {40, 10}, {}, {.count = 513, .density = .1, .bytes = true}},
    {"one_sample", {7, 4, 3}, {}, {.count = 1}},
    {"one_feature",
     {1, 1, 1},
     {Activation::tanh, Output::identity, Loss::squared},
     {.count = 63, .targets = Targets::real}},
    {"tiny_hidden", {12, 1, 2}, {}, {.count = 64, .density = .3, .bytes = true}},
    {"paper", {60, 100, 10}, {}, {.count = 600, .density = .2, .bytes = true}},
    {"sparse_reals", {61, 27, 10}, {}, {.count = 129, .density = .05}},
    {"dense_bytes", {33, 14, 5}, {}, {.count = 513, .density = 1, .bytes = true}},
    {"tanh", {20, 13, 26, 4}, {Activation::tanh, Output::softmax, Loss::squared}, {.count = 130}},
    {"linear",
     {20, 12, 4},
     {Activation::identity, Output::identity, Loss::squared},
     {.count = 90, .targets = Targets::real}},
    {"softmax_to_targets", {20, 12, 4}, {}, {.count = 90, .targets = Targets::real}},
    {"identity_to_labels",
     {20, 12, 4},
     {Activation::relu, Output::identity, Loss::squared},
     {.count = 90}},
    {"cross_entropy",
     {20, 30, 11},
     {Activation::relu, Output::softmax, Loss::cross_entropy},
     {.count = 300, .density = .4}},
    {"depth4",
     {31, 17, 6, 40, 9},
     {Activation::tanh, Output::softmax, Loss::cross_entropy},
     {.count = 1030, .density = .3}},
};

class Agreement : public testing::TestWithParam<Case> {
 protected:
  template <class Real>
  void expect_agreement(double tolerance) {
    const auto& [name, widths, functions, samples] = GetParam();
    const auto network = make_network(widths, functions, identity_reference(widths));
    const auto split = random_split(widths, samples, 1);
    const auto weights = random_weights<Real>(widths, 2);
    const auto exact = in_double(weights);
    const NetworkLoss<Real> model(network, split, {}, {});
    const auto branch = model.forward(weights);

    const auto result = model.evaluate(branch, weights.back());
    EXPECT_NEAR(result.loss, naive::loss(network, exact, split), tolerance);
    double loss;
    model.losses({&branch, 1}, weights.back(), {&loss, 1});
    EXPECT_EQ(loss, result.loss);
    if (split.labels.empty())
      EXPECT_TRUE(std::isnan(result.error));
    else
      EXPECT_EQ(result.error, naive::error(network, exact, split));

    const auto outputs = model.outputs(branch, weights.back());
    ASSERT_EQ(outputs.cols(), split.samples);
    for (int s = 0; s < split.samples; ++s) {
      const auto z = naive::entering(network, exact, split, s, network.depth());
      const auto expected = naive::outputs(network, z);
      for (int o = 0; o < widths.back(); ++o)
        ASSERT_NEAR(outputs(o, s), expected[static_cast<std::size_t>(o)], tolerance)
            << "sample " << s << " output " << o;
    }
  }
};

/// Slopes against central differences of the naive loss, whose error is h^2 times a third
/// derivative plus rounding over h; the losses beside them have the bits of losses alone.
template <class Real>
void expect_slopes(const Case& c, double tolerance) {
  const auto& [name, widths, functions, samples] = c;
  const auto network = make_network(widths, functions, identity_reference(widths));
  const auto split = random_split(widths, samples, 1);
  auto weights = random_weights<Real>(widths, 2);
  const NetworkLoss<Real> model(network, split, {}, {});
  auto branch = model.forward(weights);
  const std::size_t before = weights.size() - 2;
  weights[before].row(0) *= Real{0.5};  // a branch that carries a changed row
  auto path = model.root();
  for (std::size_t k = 0; k < before; ++k)
    path = model.extend(path, static_cast<int>(k), weights[k], {}, {});
  branch = model.extend(path, static_cast<int>(before), weights[before], {0}, branch);
  double alone, loss;
  Matrix<double> slope;
  model.losses({&branch, 1}, weights.back(), {&alone, 1});
  model.losses({&branch, 1}, weights.back(), {&loss, 1}, {&slope, 1});
  EXPECT_EQ(loss, alone);
  constexpr double h = 1e-5;
  auto moved = in_double(weights);
  for (Eigen::Index i = 0; i < slope.size(); i += 1 + slope.size() / 40) {
    double& w = moved.back().data()[i];
    const double centre = std::exchange(w, w + h);
    const double above = naive::loss(network, moved, split);
    w = centre - h;
    const double below = naive::loss(network, moved, split);
    w = centre;
    ASSERT_NEAR(slope.data()[i], (above - below) / (2 * h), tolerance) << "entry " << i;
  }
}

/// The same for the slopes in all layers, and in all but the first.
template <class Real>
void expect_all_slopes(const Case& c, double tolerance) {
  const auto& [name, widths, functions, samples] = c;
  const auto network = make_network(widths, functions, identity_reference(widths));
  const auto split = random_split(widths, samples, 1);
  const auto weights = random_weights<Real>(widths, 2);
  const NetworkLoss<Real> model(network, split, {}, {});
  std::vector path{model.root()};
  for (int k = 0; k + 1 < model.depth(); ++k)
    path.push_back(model.extend(path.back(), k, weights[static_cast<std::size_t>(k)], {}, {}));
  std::vector<Matrix<double>> slopes(weights.size()), some(weights.size() - 1);
  double loss;
  model.losses({&path.back(), 1}, weights.back(), {&loss, 1});
  EXPECT_EQ(model.slopes(path, weights, slopes), loss);
  if (!some.empty()) {
    model.slopes(path, weights, some);
    for (std::size_t k = 1; k < slopes.size(); ++k) EXPECT_EQ(some[k - 1], slopes[k]) << k;
  }
  constexpr double h = 1e-5;
  auto moved = in_double(weights);
  for (std::size_t k = 0; k < weights.size(); ++k)
    for (Eigen::Index i = 0; i < slopes[k].size(); i += 1 + slopes[k].size() / 40) {
      double& w = moved[k].data()[i];
      const double centre = std::exchange(w, w + h);
      const double above = naive::loss(network, moved, split);
      w = centre - h;
      const double below = naive::loss(network, moved, split);
      w = centre;
      ASSERT_NEAR(slopes[k].data()[i], (above - below) / (2 * h), tolerance)
          << "layer " << k << " entry " << i;
    }
}

TEST_P(Agreement, OfAllSlopesWithDifferencesOfTheNaiveTwin) {
  expect_all_slopes<double>(GetParam(), 1e-8);
  expect_all_slopes<float>(GetParam(), 1e-5);
}

TEST_P(Agreement, OfSlopesWithDifferencesOfTheNaiveTwin) {
  if (GetParam().widths.size() == 2) return;  // refused: RefusesSlopesWithoutAHiddenLayer
  expect_slopes<double>(GetParam(), 1e-8);
  expect_slopes<float>(GetParam(), 1e-5);
}

TEST(NetworkLoss, RefusesSlopesWithoutAHiddenLayer) {
  const std::vector<int> widths{9, 3};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<float> model(network, random_split(widths, {.count = 5}, 1), {}, {});
  const auto branch = model.root();
  double loss;
  Matrix<double> slope;
  EXPECT_THROW(
      model.losses({&branch, 1}, random_weights<float>(widths, 2).back(), {&loss, 1}, {&slope, 1}),
      Error);
}

TEST_P(Agreement, WithTheNaiveTwinInDouble) { expect_agreement<double>(1e-12); }
TEST_P(Agreement, WithTheNaiveTwinInFloat) { expect_agreement<float>(1e-5); }

INSTANTIATE_TEST_SUITE_P(NetworkLoss, Agreement, testing::ValuesIn(cases),
                         [](const auto& test) { return test.param.name; });

/// Changes rows one after the other, accepting every other one, and compares bit by bit with layers
/// computed afresh.
template <class Real>
void change_rows(const std::vector<int>& widths, Samples samples, int layer) {
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<Real> model(network, random_split(widths, samples, 3), {}, {});
  const auto l = static_cast<std::size_t>(layer);
  auto weights = random_weights<Real>(widths, 4);
  const auto other = random_weights<Real>(widths, 5);
  auto branch = model.root();
  for (std::size_t k = 0; k < l; ++k)
    branch = model.extend(branch, static_cast<int>(k), weights[k], {}, {});
  const auto entering = branch;
  const auto loss_of = [&](typename NetworkLoss<Real>::Branch last, const Weights<Real>& w) {
    for (int k = layer + 1; k + 1 < model.depth(); ++k)
      last = model.extend(last, k, w[static_cast<std::size_t>(k)], {}, {});
    return model.evaluate(last, w.back()).loss;
  };

  auto current = model.extend(entering, layer, weights[l], {}, {});
  const auto kept = model.extend(entering, layer, weights[l], {}, {});
  const double kept_loss = loss_of(kept, weights);
  const auto start = weights;
  auto shared = kept;  // as kept, but its proposals are never dropped
  std::vector<typename NetworkLoss<Real>::Branch> alive;
  for (int step = 0; step < 2 * widths[l + 1]; ++step) {
    const int row = step * 3 % widths[l + 1];
    Weights<Real> proposal = weights;
    proposal[l].row(row) = other[l].row(row) * static_cast<Real>(step % 5);
    const auto branched = model.extend(entering, layer, proposal[l], {row}, current);
    const double expected = loss_of(model.extend(entering, layer, proposal[l], {}, {}), proposal);
    ASSERT_EQ(loss_of(branched, proposal), expected) << "step " << step;
    if (step % 2 == 1) continue;
    weights = proposal;
    current = branched;
    // The same row, out of another product of the whole layer.
    shared = model.splice(shared, row, model.extend(entering, layer, proposal[l], {}, {}));
    alive.push_back(shared);
    ASSERT_EQ(loss_of(shared, weights), expected) << "step " << step;
  }
  EXPECT_EQ(loss_of(kept, start), kept_loss);
}

TEST(NetworkLoss, RowChangesHaveTheBitsOfWholeLayers) {
  const std::vector<int> widths{50, 31, 13, 6};
  const Samples bytes{.count = 517, .density = .2, .bytes = true};
  const Samples reals{.count = 517, .density = .7};
  for (int layer : {0, 1}) {
    change_rows<float>(widths, bytes, layer);
    change_rows<float>(widths, reals, layer);
    change_rows<double>(widths, bytes, layer);
    change_rows<double>(widths, reals, layer);
  }
}

TEST(NetworkLoss, SeveralBranchesAtOnceAreAsGoodAsOneByOne) {
  const std::vector<int> widths{30, 20, 10};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const NetworkLoss<float> model(network, random_split(widths, {.count = 700}, 1), {}, {});
  const auto weights = random_weights<float>(widths, 2);
  const auto other = random_weights<float>(widths, 3);
  Matrix<float> row_changed = weights[0];
  row_changed.row(7) = other[0].row(7);
  const auto base = model.forward(weights);
  const std::vector branches{base, model.forward(other),
                             model.extend(model.root(), 0, row_changed, {7}, base)};
  std::vector<double> together(3), alone(3);
  model.losses(branches, weights.back(), together);
  for (std::size_t i = 0; i < 3; ++i)
    model.losses({&branches[i], 1}, weights.back(), {&alone[i], 1});
  EXPECT_EQ(together, alone);
  EXPECT_NE(alone[0], alone[2]);
}

TEST(NetworkLoss, HiddenMomentsAgreeWithTheNaiveTwin) {
  for (Targets targets : {Targets::labels, Targets::real}) {
    const std::vector<int> widths{12, 9, 4};
    const auto network = make_network(widths, {Activation::tanh, Output::identity, Loss::squared},
                                      identity_reference(widths));
    const auto split = random_split(widths, {.count = 577, .targets = targets}, 6);
    const auto weights = random_weights<double>(widths, 7);
    const NetworkLoss<double> model(network, split, {}, {});
    const auto moments = model.moments(model.forward(weights));
    Matrix<double> hidden = Matrix<double>::Zero(9, 9), cross = Matrix<double>::Zero(9, 4);
    double square = 0;
    for (int s = 0; s < split.samples; ++s) {
      const auto values = naive::entering(network, weights, split, s, 1);
      const auto h = Eigen::Map<const Vector<double>>(values.data(), 9);
      for (int o = 0; o < 4; ++o) {
        const double y = naive::target(split, s, o);
        cross.col(o) += y * h;
        square += y * y;
      }
      hidden += h * h.transpose();
    }
    EXPECT_NEAR((moments.hidden - hidden).cwiseAbs().maxCoeff(), 0, 1e-11);
    EXPECT_NEAR((moments.cross - cross).cwiseAbs().maxCoeff(), 0, 1e-11);
    EXPECT_NEAR(moments.target_square, square, 1e-9);
    EXPECT_EQ(moments.samples, 577);
  }
}

TEST(NetworkLoss, SamplesWithoutTruthHaveOutputsOnly) {
  const std::vector<int> widths{6, 4, 3};
  const auto network = make_network(widths, {}, identity_reference(widths));
  auto split = random_split(widths, {.count = 70}, 1);
  const auto weights = random_weights<double>(widths, 2);
  const NetworkLoss<double> known(network, split, {}, {});
  split.labels.clear();
  const NetworkLoss<double> unknown(network, split, {}, {});
  const auto result = unknown.evaluate(unknown.forward(weights), weights.back());
  EXPECT_TRUE(std::isnan(result.loss) && std::isnan(result.error));
  EXPECT_EQ(unknown.outputs(unknown.forward(weights), weights.back()),
            known.outputs(known.forward(weights), weights.back()));
}

TEST(NetworkLoss, RefusesDataThatDoNotFit) {
  const std::vector<int> widths{6, 4, 3};
  const auto network = make_network(widths, {}, identity_reference(widths));
  const auto message = [&](const Split& split) -> std::string {
    try {
      NetworkLoss<float> model(network, split, {}, {});
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::data);
      return error.what();
    }
    return "accepted";
  };
  auto wide = random_split({7, 3}, {.count = 5}, 1);
  EXPECT_NE(message(wide).find("7 features but the network 6 inputs"), std::string::npos);
  auto classes = random_split(widths, {.count = 5}, 1);
  classes.labels[2] = 3;
  EXPECT_NE(message(classes).find("3 but the network has 3 outputs"), std::string::npos);
  auto targets = random_split({6, 2}, {.count = 5, .targets = Targets::real}, 1);
  EXPECT_NE(message(targets).find("2 values but the network 3 outputs"), std::string::npos);
  Split empty;
  empty.features = 6;
  EXPECT_NE(message(empty).find("no samples"), std::string::npos);
}

}  // namespace
}  // namespace echelon
