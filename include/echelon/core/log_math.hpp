#pragma once

#include <span>

namespace echelon {

/// log(exp(a) + exp(b)) without overflow; -infinity is the additive zero.
double log_add(double a, double b);

/// log sum_i exp(x_i); -infinity for an empty span.
double log_sum_exp(std::span<const double> x);

/// log of the mean of exp(x_i); the span must not be empty.
double log_mean_exp(std::span<const double> x);

}  // namespace echelon
