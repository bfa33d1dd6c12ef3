#pragma once

#include <string>
#include <vector>

#include "echelon/core/matrix.hpp"

namespace echelon {

/// Samples with their labels or real targets (one of the two is empty).
struct Split {
  Matrix<float> inputs;  ///< (features x samples), a column is a sample; may live on one rank only
  std::vector<int> labels;  ///< class of each sample, from 0
  Matrix<float> targets;    ///< (outputs x samples)
  int samples = 0;
  int features = 0;
};

struct Dataset {
  Split train;
  Split test;
  int classes = 0;
  std::string hash;  ///< of the content, hexadecimal
};

}  // namespace echelon
