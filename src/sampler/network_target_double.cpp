#include "echelon/sampler/network_target.hpp"

namespace echelon {

template class AnnealedTarget<NetworkLoss<double>, WeightMoves<double>>;
template class BranchTarget<NetworkLoss<double>, WeightMoves<double>>;
template class CollapsedTarget<NetworkLoss<double>, WeightMoves<double>>;

}  // namespace echelon
