#include "echelon/sampler/network_target.hpp"

namespace echelon {

template class BranchTarget<NetworkLoss<float>, WeightMoves<float>>;

}  // namespace echelon
