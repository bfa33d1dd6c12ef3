#include "echelon/sampler/network_target.hpp"

namespace echelon {

template class AnnealedTarget<NetworkLoss<float>, WeightMoves<float>>;
template class BranchTarget<NetworkLoss<float>, WeightMoves<float>>;
template class CollapsedTarget<NetworkLoss<float>, WeightMoves<float>>;

}  // namespace echelon
