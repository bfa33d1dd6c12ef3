#include "sampler.hpp"

namespace echelon {

std::unique_ptr<Sampler> make_sampler(const SamplerInput& input) {
  if (input.config.text("kernel.estimator") == "collapsed") return make_collapsed_sampler(input);
  return make_branch_sampler(input);
}

}  // namespace echelon
