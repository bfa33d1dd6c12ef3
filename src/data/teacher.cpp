#include <cmath>

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"
#include "sources.hpp"

namespace echelon {
namespace {

// Stream indices under Purpose::teacher; the step is the layer or the sample.
enum class Part : std::uint32_t { weights = 0, train = 1, test = 2 };

Stream stream(const DataOptions& options, Part part, int step) {
  return Stream({options.seed, Purpose::teacher, static_cast<std::uint32_t>(part),
                 static_cast<std::uint64_t>(step)});
}

Weights<double> draw_teacher(const DataOptions& options) {
  Weights<double> weights;
  const auto& widths = options.widths;
  for (std::size_t k = 1; k < widths.size(); ++k) {
    const double gain = (k + 1 < widths.size() ? 2 : 1) * (k == 1 ? std::sqrt(3.0) : 1);
    Matrix<double> w(widths[k], widths[k - 1]);
    stream(options, Part::weights, static_cast<int>(k))
        .fill_normal(std::span(w.data(), static_cast<std::size_t>(w.size())));
    weights.push_back(gain / std::sqrt(static_cast<double>(widths[k - 1])) * w);
  }
  return weights;
}

Vector<double> answer(const Weights<double>& teacher, const Vector<double>& x) {
  Vector<double> h = teacher.front() * x;
  for (std::size_t k = 1; k < teacher.size(); ++k)
    h = (teacher[k] * h.unaryExpr([](double v) { return std::tanh(v); })).eval();
  return h;
}

Split draw_samples(const DataOptions& options, const Weights<double>& teacher, Part part,
                   int samples) {
  const int features = options.widths.front();
  const int outputs = options.widths.back();
  Split split;
  make_room(split, features, samples, options.append_one);
  if (options.task == TeacherTask::values) split.targets.resize(outputs, samples);
  for (int i = 0; i < samples; ++i) {
    auto random = stream(options, part, i);
    // The teacher sees the input as stored.
    for (int j = 0; j < features; ++j)
      split.inputs(j, i) = static_cast<float>(2 * random.uniform() - 1);
    auto y = answer(teacher, split.inputs.col(i).head(features).cast<double>());
    for (int j = 0; j < outputs; ++j) y(j) += options.noise * random.normal();
    Eigen::Index label = 0;
    y.maxCoeff(&label);
    if (options.task == TeacherTask::classes)
      split.labels.push_back(static_cast<int>(label));
    else
      split.targets.col(i) = y.cast<float>();
  }
  return split;
}

}  // namespace

Dataset load_teacher(const DataOptions& options) {
  require(options.widths.size() >= 2, ExitCode::usage,
          "data.widths has {} entries (expected inputs and outputs, at least 2)",
          options.widths.size());
  for (const int width : options.widths)
    require(width >= 1, ExitCode::usage, "data.widths = {} has {} (expected at least 1)",
            fmt::join(options.widths, ","), width);
  require(options.task == TeacherTask::values || options.widths.back() >= 2, ExitCode::usage,
          "data.widths ends with {} (a teacher of classes needs at least 2 outputs)",
          options.widths.back());
  require(options.samples >= 1, ExitCode::usage, "data.samples = {} (expected at least 1)",
          options.samples);
  require(options.noise >= 0 && std::isfinite(options.noise), ExitCode::usage,
          "data.noise = {} (expected a finite number of at least 0)", options.noise);
  const int train =
      sample_count(options.train_count, options.samples, "train-count", "the teacher");
  const auto teacher = draw_teacher(options);
  Dataset data;
  data.train = draw_samples(options, teacher, Part::train, train);
  data.test = draw_samples(options, teacher, Part::test,
                           options.test_count > 0 ? options.test_count : options.samples);
  data.classes = options.task == TeacherTask::classes ? options.widths.back() : 0;
  return data;
}

}  // namespace echelon
