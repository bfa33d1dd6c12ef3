#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <limits>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "echelon/sampler/normal_frame.hpp"
#include "echelon/sampler/walk.hpp"

namespace echelon {

/// A layered loss that knows its slopes in every layer: slopes(path, weights, out) is the loss of
/// the weights, as losses() gives it, and out[i] its slope in the i-th of the last out.size()
/// layers.
template <class M>
concept GuidingLoss = LayeredLoss<M> &&
    requires(const M& m, std::span<const typename M::Branch> path, const LayersOf<M>& weights,
             std::span<Slope> out) {
  { m.slopes(path, weights, out) } -> std::same_as<double>;
};

/// Moves that may follow the slopes of all layers: whether they do, and a layer's frame.
template <class T>
concept GuidedMoves = requires(const T& moves, int layer) {
  { moves.guided() } -> std::same_as<bool>;
  { moves.frame(layer) } -> std::convertible_to<NormalFrame>;
};

/// Hamiltonian moves of one layer after the other, exact at a single temperature: the law of layer
/// k given the others is Q_k exp(-L / A_d). In the frame's coordinates u, with velocities v ~
/// N(0, I) and a pace p_i for entry i,
///     H(u, v) = L / A_d + |u|^2 / 2 + |v|^2 / 2,
/// B steps alternate rotations of (u_i, v_i) by an angle p_i a / B, which are exact for the prior,
/// with kicks v_i -= p_i (a / B) d(L / A_d)/du_i. Their end is accepted with
/// min(1, exp(H_before - H_after)) (Duane et al. 1987; Beskos et al., Stoch. Proc. Appl. 121:2201,
/// 2011). Rotations and kicks keep volumes and run backwards when v changes its sign, so that any
/// slope that depends on the weights alone is exact. The angle a is drawn for every trajectory, its
/// logarithm uniformly, between a third of a right angle and all of it (at which entries of pace 1,
/// which the data do not bind, are drawn afresh): a chain gets on where a step tuned elsewhere is
/// too large, and no period of the motion holds it (Mackenzie, Phys. Lett. B 226:369, 1989). A
/// column's pace is its frame's; a row takes a step in inverse proportion to the norm of the
/// weights that leave its unit, with whose square the curvature of the loss grows. They belong to a
/// deeper layer and do not move.
template <GuidingLoss Model, GuidedMoves Moves, class Random = Stream>
class Trajectory {
 public:
  Trajectory(Walk<Model, Moves, Random>& walk, int steps) : walk_(walk), steps_(steps) {}

  /// One trajectory of the first layer, and `deeper` ones of every other layer, which cost less.
  void sweep(Point<Model>& point, int deeper) {
    move(0, point);
    for (int i = 0; i < deeper; ++i)
      for (int k = 1; k < walk_.depth(); ++k) move(k, point);
  }

 private:
  using Scalar = typename LayerOf<Model>::Scalar;

  struct Flight {
    NormalFrame frame;
    Matrix<double> pace, u, v;

    void rotate(double angle) {
      for (Eigen::Index i = 0; i < u.size(); ++i) {
        const double cosine = std::cos(angle * pace(i)), sine = std::sin(angle * pace(i));
        const double before = u(i);
        u(i) = cosine * before + sine * v(i);
        v(i) = cosine * v(i) - sine * before;
      }
    }
    double energy() const { return (u.squaredNorm() + v.squaredNorm()) / 2; }
  };

  void move(int k, Point<Model>& point) {
    angle_ = std::numbers::pi / 2 * std::pow(3, -walk_.random.uniform()) / steps_;
    Flight flight = take_off(k, point.weights);
    const double before = flight.energy();
    Point<Model> pending = point;
    flight.rotate(angle_ / 2);
    for (int i = 0; i < steps_; ++i) {
      go_to(k, flight, pending);
      kick(k, pending, flight);
      flight.rotate(i + 1 < steps_ ? angle_ : angle_ / 2);
    }
    go_to(k, flight, pending);
    walk_.losses(std::span(&pending.path.back(), 1), pending.weights.back(),
                 std::span(&pending.loss, 1));
    const double log_ratio =
        (point.loss - pending.loss) * walk_.inverse(k) + before - flight.energy();
    if (walk_.accept(k, log_ratio)) point = std::move(pending);
  }

  Flight take_off(int k, const LayersOf<Model>& weights) {
    const LayerOf<Model>& w = weights[at(k)];
    Flight flight{walk_.moves.frame(k), {}, {}, {}};
    flight.pace = paces(k, flight.frame, weights);
    flight.u = flight.frame.inward(w.template cast<double>());
    flight.v.resize(w.rows(), w.cols());
    walk_.random.fill_normal(std::span(flight.v.data(), static_cast<std::size_t>(flight.v.size())));
    return flight;
  }

  Matrix<double> paces(int k, const NormalFrame& frame, const LayersOf<Model>& weights) const {
    const Eigen::VectorXd steps = steps_of_rows(k, weights);
    Matrix<double> pace(steps.size(), weights[at(k)].cols());
    for (Eigen::Index column = 0; column < pace.cols(); ++column)
      for (Eigen::Index row = 0; row < pace.rows(); ++row)
        pace(row, column) = frame.pace(steps(row), column);
    return pace;
  }

  Eigen::VectorXd steps_of_rows(int k, const LayersOf<Model>& weights) const {
    const double step = walk_.step[at(k)];
    Eigen::VectorXd steps = Eigen::VectorXd::Constant(weights[at(k)].rows(), step);
    if (k + 1 == walk_.depth()) return steps;
    const Eigen::VectorXd leaving =
        weights[at(k + 1)].template cast<double>().colwise().norm().transpose();
    const double usual = leaving.norm() / std::sqrt(static_cast<double>(leaving.size()));
    for (Eigen::Index row = 0; row < steps.size(); ++row)
      steps(row) = std::min(1.0, leaving(row) > 0 ? step * usual / leaving(row) : 1.0);
    return steps;
  }

  /// Brings the pending weights and their branches to where the flight is.
  void go_to(int k, const Flight& flight, Point<Model>& pending) {
    pending.weights[at(k)] = flight.frame.outward(flight.u).template cast<Scalar>();
    for (int l = k; l + 1 < walk_.depth(); ++l)
      pending.path[at(l + 1)] =
          walk_.extend(pending.path[at(l)], l, pending.weights[at(l)], {}, {});
  }

  /// A slope that is not finite counts as 0.
  void kick(int k, const Point<Model>& pending, Flight& flight) {
    slopes_.resize(at(walk_.depth() - k));
    ++walk_.counters.evaluations;
    ++walk_.counters.slopes;
    walk_.model.slopes(pending.path, pending.weights, slopes_);
    Matrix<double> force = walk_.inverse(k) * flight.frame.slope_inward(slopes_.front());
    if (!force.allFinite()) force.setZero();
    flight.v -= angle_ * flight.pace.cwiseProduct(force);
  }

  Walk<Model, Moves, Random>& walk_;
  int steps_;
  double angle_ = 0;  // of a step of the present trajectory
  std::vector<Slope> slopes_;
};

}  // namespace echelon
