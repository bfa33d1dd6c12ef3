#pragma once

#include <vector>

#include "echelon/core/matrix.hpp"

namespace echelon {

struct Split;

enum class Activation { relu, tanh, identity };
enum class Output { softmax, identity };
enum class Loss { squared, cross_entropy };

/// The feed-forward network without biases of the paper [J p.7],
///     h_w(x) = out(W_d phi(W_{d-1} ... phi(W_1 x))),     W_k of shape widths[k] x widths[k-1],
/// with a 1-Lipschitz phi, phi(0) = 0, and one reference matrix M_k per layer. The loss of a sample
/// with target y (a class label is a one-hot target) is |h_w(x) - y|^2 summed over outputs, or the
/// cross-entropy -log h_w(x)_label in nats. Immutable once made by make_network.
struct Network {
  std::vector<int> widths;
  Activation activation = Activation::relu;
  Output output = Output::softmax;
  Loss loss = Loss::squared;
  Weights<double> reference;

  int depth() const { return static_cast<int>(widths.size()) - 1; }
};

/// What a network computes besides its matrices.
struct Functions {
  Activation activation = Activation::relu;
  Output output = Output::softmax;
  Loss loss = Loss::squared;
};

/// The checked network. Error(usage) for fewer than two widths, a width below 1, cross-entropy
/// without softmax, or a reference whose shapes do not fit the widths or that is not finite.
Network make_network(const std::vector<int>& widths, Functions functions,
                     Weights<double> reference);

/// M_k = rectangular identity: ones on the main diagonal, zeros elsewhere [J p.16].
Weights<double> identity_reference(const std::vector<int>& widths);

/// M_k = 0.
Weights<double> zero_reference(const std::vector<int>& widths);

/// Error(data) unless there are samples of widths.front() features and they have labels below
/// widths.back(), or targets of widths.back() values, or neither; cross-entropy has no targets.
void require_fit(const Network& network, const Split& split);

}  // namespace echelon
