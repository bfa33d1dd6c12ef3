#include "input_data.hpp"

#include <cstddef>

#include "dense_layer.hpp"

namespace echelon {

template <class Real>
InputData<Real>::InputData(const Split& split, const Communicator& node)
    : features_(split.features) {
  const int blocks = (split.samples + block_samples - 1) / block_samples;
  const auto count =
      static_cast<std::size_t>(blocks) * static_cast<std::size_t>(features_) * block_samples;
  memory_ = SharedBuffer(node, count * sizeof(Real));
  if (memory_.leader()) {
    const auto values = memory_.template as<Real>(0, count);
    for (int s = 0; s < split.samples; ++s)
      for (int f = 0; f < features_; ++f)
        values[(static_cast<std::size_t>(s / block_samples) * static_cast<std::size_t>(features_) +
                static_cast<std::size_t>(f)) *
                   block_samples +
               static_cast<std::size_t>(s % block_samples)] = static_cast<Real>(split.inputs(f, s));
  }
  memory_.fence();
}

template <class Real>
void InputData<Real>::apply(int b, const Matrix<Real>& w, int first, int rows,
                            Activation activation, Real* out) const {
  const auto count = memory_.bytes().size() / sizeof(Real);
  const Real* base =
      memory_.template as<Real>(0, count).data() + std::ptrdiff_t{b} * features_ * block_samples;
  dense_block(BlockView<Real>{base, features_, -1, nullptr}, w, first, rows, activation, out);
}

template class InputData<float>;
template class InputData<double>;

}  // namespace echelon
