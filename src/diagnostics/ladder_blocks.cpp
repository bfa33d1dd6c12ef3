#include "echelon/diagnostics/ladder_blocks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "echelon/core/error.hpp"
#include "echelon/core/log_math.hpp"
#include "pooled.hpp"

namespace echelon {
namespace {

constexpr double none = -std::numeric_limits<double>::infinity();  // log of no weight

using Block = LadderBlocks::Block;

std::size_t at(int index) { return static_cast<std::size_t>(index); }

Block merged(const Block& a, const Block& b) {
  Block out = a;
  for (std::size_t r = 0; r < out.losses.size(); ++r)
    out.losses[r] = (a.losses[r] + b.losses[r]) / 2;
  for (std::size_t i = 0; i < out.log_up.size(); ++i) {
    out.log_up[i] = log_pooled(a.log_up[i], a.ups[i], b.log_up[i], b.ups[i]);
    out.log_down[i] = log_pooled(a.log_down[i], a.downs[i], b.log_down[i], b.downs[i]);
    out.ups[i] += b.ups[i];
    out.downs[i] += b.downs[i];
  }
  for (std::size_t i = 0; i < out.extras.size(); ++i) {
    out.extras[i] = pooled(a.extras[i], a.known[i], b.extras[i], b.known[i]);
    out.known[i] += b.known[i];
  }
  return out;
}

}  // namespace

LadderBlocks::LadderBlocks(int rungs, int extras, int first_block)
    : rungs_(rungs), extras_(extras), length_(first_block), open_(empty()) {
  require(rungs >= 1 && extras >= 0 && first_block >= 1, ExitCode::internal,
          "blocks of {} sweeps for {} rungs and {} extras", first_block, rungs, extras);
}

Block LadderBlocks::empty() const {
  const auto pairs = at(rungs_ - 1);
  return {std::vector<double>(at(rungs_), 0),       std::vector<double>(pairs, none),
          std::vector<double>(pairs, none),         std::vector<double>(at(extras_), 0),
          std::vector<std::int64_t>(pairs, 0),      std::vector<std::int64_t>(pairs, 0),
          std::vector<std::int64_t>(at(extras_), 0)};
}

void LadderBlocks::add(std::span<const double> losses, std::span<const double> log_ratios,
                       int first_pair, std::span<const double> extras) {
  require(std::ssize(losses) >= rungs_ && std::ssize(log_ratios) >= rungs_ &&
              std::ssize(extras) == extras_,
          ExitCode::internal, "a sweep of {} losses and {} extras for {} rungs and {} extras",
          losses.size(), extras.size(), rungs_, extras_);
  for (std::size_t r = 0; r < open_.losses.size(); ++r) open_.losses[r] += losses[r];
  if (first_pair >= 0) add_weights(log_ratios, first_pair);
  for (std::size_t i = 0; i < extras.size(); ++i) {
    if (std::isnan(extras[i])) continue;
    open_.extras[i] += extras[i];
    ++open_.known[i];
  }
  if (++filled_ == length_) close();
}

void LadderBlocks::add_weights(std::span<const double> log_ratios, int first_pair) {
  for (auto i = at(first_pair); i < open_.log_up.size(); i += 2) {
    const double up = log_ratios[i], down = log_ratios[i + 1];
    if (std::isnan(up) || std::isnan(down)) continue;  // undecided: in neither direction
    open_.log_up[i] = log_add(open_.log_up[i], up);
    open_.log_down[i] = log_add(open_.log_down[i], down);
    ++open_.ups[i];
    ++open_.downs[i];
  }
}

void LadderBlocks::close() {
  const auto sweeps = static_cast<double>(length_);
  for (double& loss : open_.losses) loss /= sweeps;
  for (std::size_t i = 0; i < open_.log_up.size(); ++i) {
    open_.log_up[i] -= std::log(static_cast<double>(std::max<std::int64_t>(1, open_.ups[i])));
    open_.log_down[i] -= std::log(static_cast<double>(std::max<std::int64_t>(1, open_.downs[i])));
  }
  for (std::size_t i = 0; i < open_.extras.size(); ++i)
    open_.extras[i] /= static_cast<double>(open_.known[i]);  // 0 / 0: not known
  blocks_.push_back(std::move(open_));
  open_ = empty();
  filled_ = 0;
  if (blocks_.size() < 2 * most_blocks) return;
  for (std::size_t i = 0; i < most_blocks; ++i)
    blocks_[i] = merged(blocks_[2 * i], blocks_[2 * i + 1]);
  blocks_.resize(most_blocks);
  length_ *= 2;
}

}  // namespace echelon
