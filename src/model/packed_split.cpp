#include "echelon/model/packed_split.hpp"

#include <type_traits>

#include "input_data.hpp"

namespace echelon {

namespace {

/// Inputs arrive as floats: for float kernels a grid may be off by their rounding, as 1/255 is.
template <class Real>
constexpr double input_tolerance = std::is_same_v<Real, float> ? 0x1p-24 : 0;

}  // namespace

template <class Real>
PackedSplit<Real>::PackedSplit(const Split& split, const Communicator& node)
    : answers_{{}, split.labels, split.targets, split.samples, split.features},
      inputs_(std::make_shared<InputData>(split, node, input_tolerance<Real>)) {}

template class PackedSplit<float>;
template class PackedSplit<double>;

}  // namespace echelon
