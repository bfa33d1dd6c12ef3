#include "sample_loss.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "functions.hpp"
#include "lanes.hpp"

namespace echelon {

namespace {

/// One pack of samples: its values z, and either its labels or its targets.
template <class Real>
struct Group {
  int width;
  Real* z;
  Pack<Real> label;
  const Real* targets;  // null with labels

  ECHELON_INLINE Pack<Real> value(int o) const { return load(z + o * block_samples); }
  ECHELON_INLINE Mask<Real> is_label(int o) const { return label == static_cast<Real>(o); }
  ECHELON_INLINE Pack<Real> target(int o) const {
    if (targets != nullptr) return load(targets + o * block_samples);
    return is_label(o) ? broadcast(Real{1}) : Pack<Real>{};
  }
  /// The largest value; NaN in the first one stays.
  ECHELON_INLINE Pack<Real> largest() const {
    Pack<Real> most = value(0);
    for (int o = 1; o < width; ++o) {
      const Pack<Real> other = value(o);
      most = most < other ? other : most;
    }
    return most;
  }
};

template <class Real>
ECHELON_INLINE Pack<Real> squared_softmax_of_label(const Group<Real>& group) {
  const Pack<Real> most = group.largest();
  Pack<Real> all{}, others{}, squares{};
  for (int o = 0; o < group.width; ++o) {
    const Pack<Real> e = exp_nonpositive<Real>(group.value(o) - most);
    const Pack<Real> other = group.is_label(o) ? Pack<Real>{} : e;
    all += e;
    others += other;
    squares += other * other;
  }
  return (others * others + squares) / (all * all);
}

template <class Real>
ECHELON_INLINE Pack<Real> squared_softmax_of_target(const Group<Real>& group) {
  const Pack<Real> most = group.largest();
  Pack<Real> all{}, loss{};
  for (int o = 0; o < group.width; ++o) {
    const Pack<Real> e = exp_nonpositive<Real>(group.value(o) - most);
    store(group.z + o * block_samples, e);
    all += e;
  }
  for (int o = 0; o < group.width; ++o) {
    const Pack<Real> rest = group.value(o) / all - group.target(o);
    loss += rest * rest;
  }
  return loss;
}

template <class Real>
ECHELON_INLINE Pack<Real> squared_identity(const Group<Real>& group) {
  Pack<Real> loss{};
  for (int o = 0; o < group.width; ++o) {
    const Pack<Real> rest = group.value(o) - group.target(o);
    loss += rest * rest;
  }
  return loss;
}

template <class Real>
ECHELON_INLINE Pack<Real> cross_entropy_of_label(const Group<Real>& group) {
  const Pack<Real> most = group.largest();
  Pack<Real> others{}, own{};
  for (int o = 0; o < group.width; ++o) {
    const Pack<Real> below = group.value(o) - most;
    const Pack<Real> e = exp_nonpositive<Real>(below);
    const Mask<Real> mine = group.is_label(o);
    others += mine ? Pack<Real>{} : e;
    own = mine ? below : own;
  }
  // exp(own) is exactly 1 when the label is the largest: then nothing cancels.
  const Pack<Real> excess = others + (exp_nonpositive<Real>(own) - Real{1});
  return log1p_nonnegative<Real>(excess < Real{0} ? Pack<Real>{} : excess) - own;
}

}  // namespace

template <class Real>
SampleLoss<Real>::SampleLoss(const Network& network, const Split& split, std::span<const int> order,
                             Range blocks)
    : output_(network.output), loss_(network.loss), width_(network.widths.back()) {
  const int begin = std::min(blocks.begin * block_samples, split.samples);
  samples_ = std::min(blocks.end * block_samples, split.samples) - begin;
  const auto mine =
      order.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(samples_));
  const auto padded = static_cast<std::size_t>(blocks.size()) * block_samples;
  truth_ = !split.labels.empty()      ? Truth::labels
           : split.targets.size() > 0 ? Truth::targets
                                      : Truth::none;
  if (truth_ == Truth::none) return;
  if (truth_ == Truth::labels) {
    labels_.assign(padded, Real{0});
    std::transform(mine.begin(), mine.end(), labels_.begin(), [&](int sample) {
      return static_cast<Real>(split.labels[static_cast<std::size_t>(sample)]);
    });
    return;
  }
  targets_.assign(padded * static_cast<std::size_t>(width_), Real{0});
  for (int s = 0; s < samples_; ++s)
    for (int o = 0; o < width_; ++o)
      targets_[static_cast<std::size_t>((s / block_samples * width_ + o) * block_samples +
                                        s % block_samples)] =
          static_cast<Real>(split.targets(o, mine[static_cast<std::size_t>(s)]));
}

template <class Real>
int SampleLoss<Real>::lanes(int b) const {
  return std::clamp(samples_ - b * block_samples, 0, block_samples);
}

template <class Real>
double SampleLoss<Real>::target(int b, int lane, int o) const {
  if (has_labels())
    return labels_[static_cast<std::size_t>(b * block_samples + lane)] == static_cast<Real>(o) ? 1
                                                                                               : 0;
  return static_cast<double>(
      targets_[static_cast<std::size_t>((b * width_ + o) * block_samples + lane)]);
}

/// Calls on_pack(lane, losses) for the packs of block b in turn.
template <class Real>
template <class OnPack>
ECHELON_INLINE void SampleLoss<Real>::each_pack(int b, Real* z, OnPack on_pack) const {
  constexpr int width = pack_width<Real>;
  const int samples = lanes(b);
  if (truth_ == Truth::none) {
    for (int lane = 0; lane < block_samples; lane += width)
      on_pack(lane, broadcast(std::numeric_limits<Real>::quiet_NaN()));
    return;
  }
  for (int lane = 0; lane < block_samples; lane += width) {
    Group<Real> group{width_, z + lane, {}, nullptr};
    if (has_labels())
      group.label = load(&labels_[static_cast<std::size_t>(b * block_samples + lane)]);
    else
      group.targets = &targets_[static_cast<std::size_t>(b * width_ * block_samples + lane)];
    Pack<Real> loss;
    if (output_ == Output::identity)
      loss = squared_identity(group);
    else if (loss_ == Loss::cross_entropy)
      loss = cross_entropy_of_label(group);
    else if (has_labels())
      loss = squared_softmax_of_label(group);
    else
      loss = squared_softmax_of_target(group);
    for (int i = std::max(0, samples - lane); i < width; ++i) loss[i] = 0;
    on_pack(lane, loss);
  }
}

template <class Real>
void SampleLoss<Real>::losses(int b, Real* z, Real* out) const {
  each_pack(
      b, z, [&](int lane, const Pack<Real>& loss) __attribute__((always_inline)) {
        store(out + lane, loss);
      });
}

template <class Real>
void SampleLoss<Real>::add(int b, Real* z, LossSum<Real>& sum) const {
  each_pack(
      b, z, [&](int, const Pack<Real>& loss) __attribute__((always_inline)) { sum.add(loss); });
}

template <class Real>
int SampleLoss<Real>::errors(int b, const Real* z) const {
  int wrong = 0;
  for (int lane = 0; lane < lanes(b); ++lane) {
    int best = 0;
    for (int o = 1; o < width_; ++o)
      if (z[o * block_samples + lane] > z[best * block_samples + lane]) best = o;
    const bool right =
        labels_[static_cast<std::size_t>(b * block_samples + lane)] == static_cast<Real>(best) &&
        !std::isnan(z[best * block_samples + lane]);
    wrong += right ? 0 : 1;
  }
  return wrong;
}

template <class Real>
void SampleLoss<Real>::outputs(const Real* z, double* to) const {
  for (int o = 0; o < width_; ++o) to[o] = static_cast<double>(z[o * block_samples]);
  if (output_ == Output::identity) return;
  const double most = *std::max_element(to, to + width_);
  double sum = 0;
  for (int o = 0; o < width_; ++o) sum += to[o] = std::exp(to[o] - most);
  for (int o = 0; o < width_; ++o) to[o] /= sum;
}

template class SampleLoss<float>;
template class SampleLoss<double>;

}  // namespace echelon
