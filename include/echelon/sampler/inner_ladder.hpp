#pragma once

#include <cmath>
#include <vector>

#include "echelon/sampler/anneal.hpp"
#include "echelon/sampler/bridge.hpp"
#include "echelon/sampler/schedule.hpp"

namespace echelon {

/// The free energy V_k(w_1..w_k) = -A_{k+1} log E_{Q_{k+1}}[ exp(-V_{k+1} / A_{k+1}) ] of a draw,
/// by annealing its deeper layers along an inner ladder in beta. The work of going from one level
/// to the next is (beta' - beta) L / A_{k+1}; each level is followed by a pass of the deeper
/// layers' own kernel there. Up from a prior draw the mean work is at least V_k / A_{k+1}, down
/// from the draw itself minus the mean work is at most that (Jarzynski 1997; Crooks 1999), so the
/// mean of both errs by half the difference of their dissipations. Exact kernels make it exact as
/// the ladder gets finer; below layer d-1 they are those of `bridge`.
template <LayeredLoss Model, class Moves, class Random = Stream>
class InnerLadder {
 public:
  InnerLadder(Walk<Model, Moves, Random>& walk, Bridge<Model, Moves, Random>& kernel,
              const Schedule& schedule)
      : walk_(walk), kernel_(kernel), schedule_(schedule) {}

  /// V_k at beta = 1, k = 1 .. d-1, of the weights in the walk, which it uses up; `fan` holds them.
  double free_energy(int k, Fan<Model> fan) {
    const int levels = schedule_.levels();
    double down = 0;
    for (int level = levels; level > 0; --level) down -= step(k, fan, level, level - 1);
    redraw(k, fan);
    double up = 0;
    for (int level = 0; level < levels; ++level) up += step(k, fan, level, level + 1);
    return (up + down) / 2 / inverse(k);
  }

 private:
  double inverse(int k) const { return walk_.temperatures.inverse(k, {walk_.rung.index, 1.0}); }

  double step(int k, Fan<Model>& fan, int from, int to) {
    const double difference = schedule_.inverse(to) - schedule_.inverse(from);
    const double work = difference * inverse(k) * fan.loss[0];
    walk_.rung.beta = schedule_.inverse(to);
    for (int i = 0; i < walk_.moves.changes(k) && to > 0; ++i) kernel_.move(k, fan);
    return work;
  }

  /// Layer k and the deeper ones from their prior.
  void redraw(int k, Fan<Model>& fan) {
    for (int l = k; l < walk_.depth(); ++l) walk_.moves.draw(l, walk_.random, walk_.weights[at(l)]);
    for (int l = k; l < walk_.last(); ++l)
      fan.entering[at(l) + 1][0] =
          walk_.extend(fan.entering[at(l)][0], l, walk_.weights[at(l)], {}, {});
    walk_.losses(fan.entering[at(walk_.last())], walk_.weights[at(walk_.last())], fan.loss);
  }

  Walk<Model, Moves, Random>& walk_;
  Bridge<Model, Moves, Random>& kernel_;
  const Schedule& schedule_;
};

}  // namespace echelon
