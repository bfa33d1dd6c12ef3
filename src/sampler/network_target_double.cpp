#include "echelon/sampler/network_target.hpp"

namespace echelon {

template class BranchTarget<NetworkLoss<double>, WeightMoves<double>>;
template class CollapsedTarget<NetworkLoss<double>, WeightMoves<double>>;

}  // namespace echelon
