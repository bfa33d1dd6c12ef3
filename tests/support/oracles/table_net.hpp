#pragma once

#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <vector>

#include "echelon/sampler/point.hpp"

namespace echelon::oracle {

/// A loss on finitely many states, given as a table: every row of every layer takes a value 0 ..
/// values-1, and the loss of all rows (layer by layer, the last row fastest) is table[code]. What
/// enters layer k is the code of the shallower rows. It throws when a branch handed to it as
/// `current` is not what `current` must be, so it also checks the kernels' bookkeeping.
class TableNet {
 public:
  using Real = double;
  using Layer = Eigen::Matrix<double, Eigen::Dynamic, 1, Eigen::ColMajor, 2, 1>;
  struct Branch {
    int code = -1;
  };

  TableNet(std::vector<int> rows, int values, std::vector<double> table)
      : rows_(std::move(rows)), values_(values), table_(std::move(table)) {}

  int depth() const { return static_cast<int>(rows_.size()); }
  int values() const { return values_; }
  const std::vector<int>& rows() const { return rows_; }
  int states() const { return static_cast<int>(table_.size()); }
  double loss(int code) const { return table_[static_cast<std::size_t>(code)]; }

  Branch root() const { return {0}; }
  Branch extend(const Branch& entering, int layer, const Layer& w, Change change,
                const Branch& current) const {
    const int code = append(entering.code, w);
    if (change.row != Change::all) {
      const int place = static_cast<int>(std::pow(values_, rows_[at(layer)] - 1 - change.row));
      const auto others = [&](int c) { return c - (c / place % values_) * place; };
      if (current.code < 0 || others(current.code) != others(code))
        throw std::logic_error("the branch to update belongs to other weights");
    }
    return {code};
  }
  void losses(std::span<const Branch> entering, const Layer& w, std::span<double> out) const {
    for (std::size_t j = 0; j < entering.size(); ++j)
      out[j] = table_[at(append(entering[j].code, w))];
  }

  std::vector<Layer> weights_of(int code) const {
    std::vector<Layer> weights;
    for (const int rows : rows_) weights.emplace_back(rows);
    for (auto layer = weights.rbegin(); layer != weights.rend(); ++layer)
      for (auto row = layer->size(); row-- > 0; code /= values_) (*layer)(row) = code % values_;
    return weights;
  }
  int code_of(const std::vector<Layer>& weights) const {
    int code = 0;
    for (const auto& w : weights) code = append(code, w);
    return code;
  }

 private:
  int append(int code, const Layer& w) const {
    for (Eigen::Index row = 0; row < w.size(); ++row)
      code = code * values_ + static_cast<int>(w(row));
    return code;
  }

  std::vector<int> rows_;
  int values_;
  std::vector<double> table_;
};

static_assert(LayeredLoss<TableNet>);

/// Moves one row to another value, uniformly; the prior of a row's value is proportional to
/// exp(tilt * value).
struct TableMoves {
  int values = 2;
  double tilt = 0;
  std::vector<int> rows;

  template <class Random>
  void draw(int layer, Random& random, TableNet::Layer& w) const {
    w = reference(layer);
    for (auto& value : w)
      value = static_cast<double>(random.below(static_cast<std::uint64_t>(values)));
  }
  TableNet::Layer reference(int layer) const { return TableNet::Layer::Zero(rows[at(layer)]); }
  int changes(int layer) const { return rows[at(layer)]; }
  Change change(int, int i) const { return {i}; }
  StepRule step_rule(int) const { return {}; }

  template <class Random>
  double propose(int, Change change, double, const TableNet::Layer& from, TableNet::Layer& to,
                 Random& random) const {
    to = from;
    const auto jump = values == 2 ? 0 : random.below(static_cast<std::uint64_t>(values - 1));
    to(change.row) = (static_cast<int>(from(change.row)) + 1 + static_cast<int>(jump)) % values;
    return tilt * (to(change.row) - from(change.row));
  }
};

}  // namespace echelon::oracle
