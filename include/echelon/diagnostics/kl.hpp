#pragma once

namespace echelon {

/// kl(q || p) = q log(q/p) + (1-q) log((1-q)/(1-p)), in nats, for q and p in [0, 1]; infinite
/// where p excludes what q allows.
double kl_bernoulli(double q, double p);

/// An upper bound, at most 1e-12 too large, on sup{ p in [q, 1] : kl(q || p) <= budget } (Seeger,
/// JMLR 3:233, 2002). A negative budget counts as 0. Error(internal) for q outside [0, 1] or NaN.
double kl_inverse(double q, double budget);

}  // namespace echelon
