#include "sample_loss.hpp"

#include <algorithm>
#include <cmath>

namespace echelon {

template <class Real>
SampleLoss<Real>::SampleLoss(const Network& network, const Split& split, int first_block,
                             int blocks)
    : output_(network.output),
      loss_(network.loss),
      width_(network.widths.back()),
      labelled_(split.targets.size() == 0) {
  const int begin = first_block * block_samples;
  samples_ = std::clamp(split.samples - begin, 0, blocks * block_samples);
  const auto padded = static_cast<std::size_t>(blocks) * block_samples;
  if (labelled_) {
    labels_.assign(padded, 0);
    std::copy_n(split.labels.begin() + begin * (samples_ > 0), samples_, labels_.begin());
    return;
  }
  targets_.assign(padded * static_cast<std::size_t>(width_), Real{0});
  for (int s = 0; s < samples_; ++s)
    for (int o = 0; o < width_; ++o)
      targets_[static_cast<std::size_t>((s / block_samples * width_ + o) * block_samples +
                                        s % block_samples)] =
          static_cast<Real>(split.targets(o, begin + s));
}

template <class Real>
int SampleLoss<Real>::lanes(int b) const {
  return std::clamp(samples_ - b * block_samples, 0, block_samples);
}

template <class Real>
double SampleLoss<Real>::target(int b, int lane, int o) const {
  if (targets_.empty())
    return labels_[static_cast<std::size_t>(b * block_samples + lane)] == o ? 1 : 0;
  return static_cast<double>(
      targets_[static_cast<std::size_t>((b * width_ + o) * block_samples + lane)]);
}

template <class Real>
void SampleLoss<Real>::outputs(Real* z) const {
  if (output_ == Output::identity) return;
  for (int lane = 0; lane < block_samples; ++lane) {
    Real largest = z[lane];
    for (int o = 1; o < width_; ++o) largest = std::max(largest, z[o * block_samples + lane]);
    Real sum = 0;
    for (int o = 0; o < width_; ++o) {
      Real& value = z[o * block_samples + lane];
      value = std::exp(value - largest);
      sum += value;
    }
    for (int o = 0; o < width_; ++o) z[o * block_samples + lane] /= sum;
  }
}

template <class Real>
double SampleLoss<Real>::sum(int b, const Real* z) const {
  std::vector<Real> values(z, z + width_ * block_samples);
  outputs(values.data());
  double total = 0;
  for (int lane = 0; lane < lanes(b); ++lane) {
    double loss = 0;
    for (int o = 0; o < width_; ++o) {
      const auto value =
          static_cast<double>(values[static_cast<std::size_t>(o * block_samples + lane)]);
      const double y = target(b, lane, o);
      if (loss_ == Loss::squared)
        loss += (value - y) * (value - y);
      else if (y > 0)
        loss -= std::log(value);
    }
    total += loss;
  }
  return total;
}

template <class Real>
int SampleLoss<Real>::errors(int b, const Real* z) const {
  int wrong = 0;
  for (int lane = 0; lane < lanes(b); ++lane) {
    const int label = labels_[static_cast<std::size_t>(b * block_samples + lane)];
    const Real own = z[label * block_samples + lane];
    bool right = true;
    for (int o = 0; o < width_; ++o) {
      const Real other = z[o * block_samples + lane];
      if (o < label) right = right && own > other;
      if (o >= label) right = right && own >= other;  // false for NaN
    }
    wrong += right ? 0 : 1;
  }
  return wrong;
}

template class SampleLoss<float>;
template class SampleLoss<double>;

}  // namespace echelon
