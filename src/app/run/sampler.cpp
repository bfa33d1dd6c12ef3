#include "sampler.hpp"

namespace echelon {

std::unique_ptr<Sampler> make_sampler(const SamplerInput& input) {
  const auto& estimator = input.config.text("kernel.estimator");
  if (estimator == "annealed") return make_annealed_sampler(input);
  if (estimator == "collapsed") return make_collapsed_sampler(input);
  return make_branch_sampler(input);
}

}  // namespace echelon
