#pragma once

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

/// Moves that may follow the slopes of all layers: whether they do, and a layer's frame at a step.
template <class T>
concept GuidedMoves = requires(const T& moves, int layer, double step) {
  { moves.guided() } -> std::same_as<bool>;
  { moves.frame(layer, step) } -> std::convertible_to<NormalFrame>;
};

/// Hamiltonian moves of one layer after the other, exact at a single temperature: the law of layer
/// k given the others is Q_k exp(-L / A_d). In the frame's coordinates u, with velocities v ~
/// N(0, I) and a pace p_i for column i,
///     H(u, v) = L / A_d + |u|^2 / 2 + |v|^2 / 2,
/// B steps alternate rotations of (u_i, v_i) by an angle p_i pi / (2 B), which are exact for the
/// prior, with kicks v_i -= p_i pi / (2 B) d(L / A_d)/du_i. Their end is accepted with
/// min(1, exp(H_before - H_after)) (Duane et al. 1987; Beskos et al., Stoch. Proc. Appl. 121:2201,
/// 2011). Rotations and kicks keep volumes and run backwards when v changes its sign, so that any
/// slope that depends on the weights alone is exact. Columns of pace 1, which the data do not bind,
/// turn by a right angle: they are drawn afresh.
template <GuidingLoss Model, GuidedMoves Moves, class Random = Stream>
class Trajectory {
 public:
  Trajectory(Walk<Model, Moves, Random>& walk, int steps)
      : walk_(walk), steps_(steps), angle_(std::numbers::pi / (2 * steps)) {}

  /// One trajectory of every layer.
  void sweep(Point<Model>& point) {
    for (int k = 0; k < walk_.depth(); ++k) move(k, point);
  }

 private:
  using Scalar = typename LayerOf<Model>::Scalar;

  struct Flight {
    NormalFrame frame;
    Matrix<double> u, v;

    double pace(Eigen::Index column) const { return frame.pace[static_cast<std::size_t>(column)]; }
    void rotate(double angle) {
      for (Eigen::Index i = 0; i < u.cols(); ++i) {
        const double cosine = std::cos(angle * pace(i)), sine = std::sin(angle * pace(i));
        const Eigen::VectorXd before = u.col(i);
        u.col(i) = cosine * before + sine * v.col(i);
        v.col(i) = cosine * v.col(i) - sine * before;
      }
    }
    double energy() const { return (u.squaredNorm() + v.squaredNorm()) / 2; }
  };

  void move(int k, Point<Model>& point) {
    Flight flight = take_off(k, point.weights[at(k)]);
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

  Flight take_off(int k, const LayerOf<Model>& w) {
    Flight flight{walk_.moves.frame(k, walk_.step[at(k)]), {}, {}};
    flight.u = flight.frame.inward(w.template cast<double>());
    flight.v.resize(w.rows(), w.cols());
    walk_.random.fill_normal(std::span(flight.v.data(), static_cast<std::size_t>(flight.v.size())));
    return flight;
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
    for (Eigen::Index i = 0; i < force.cols(); ++i)
      flight.v.col(i) -= angle_ * flight.pace(i) * force.col(i);
  }

  Walk<Model, Moves, Random>& walk_;
  int steps_;
  double angle_;
  std::vector<Slope> slopes_;
};

}  // namespace echelon
