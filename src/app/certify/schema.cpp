#include "schema.hpp"

#include "../schema_parts.hpp"
#include "echelon/tempering/certify_options.hpp"
#include "echelon/tempering/sink.hpp"

namespace echelon {
namespace {

// clang-format off
Table certificate_table(const Axes& axes) {
  const Dimension delta{"delta", 1};
  return {std::string(tables::certificate), "/certificate", "", {
      column("work", {axes.chain}, "G of the chain", ElementType::real64, "nats"),
      column("train_loss", {axes.chain}, "mean training loss of the chain's network"),
      column("train_error", {axes.chain}, "its share of misclassified training samples"),
      column("test_loss", {axes.chain}, "its mean test loss, not used by the certificate"),
      column("test_error", {axes.chain}, "its share of misclassified test samples, not used either"),
      column("mean_work", {delta}, "mean G over the chains, at least KL(law of the output || prior)", ElementType::real64, "nats"),
      column("complexity", {delta}, "(mean G + log(2 sqrt(n) / delta)) / n", ElementType::real64, "nats"),
      column("certified_error", {delta}, "bound on the mean 0-1 risk of the chains' networks"),
      column("certified_loss", {delta}, "bound on their mean risk in the loss; NaN where that has no bound"),
      column("failure_probability", {delta}, "of each of the two bounds: certify.delta over the configurations tried"),
      column("stop_rung", {delta}, "rung at which the chains stop", ElementType::int64),
      column("stop_beta", {delta}, "its beta: their temperature is a / beta")}};
}

Table climb(std::string_view name, std::string group, const Dimension& path) {
  return {std::string(name), std::move(group), "rung", {
      {"beta", ElementType::real64, {}, 0, "", "inverse scale of the rung"},
      {"train_loss", ElementType::real64, {path}, 1, "", "mean training loss as the chain leaves the rung"},
      {"work", ElementType::real64, {path}, 1, "nats", "G of the chain if it ended there"}}};
}
// clang-format on

}  // namespace

Schema certify_schema(const RunShape& shape, int pilots, const Archive& statistics) {
  const Axes axes(shape);
  Schema schema;
  auto& out = schema.tables;
  out.push_back(certificate_table(axes));
  out.push_back(climb(tables::path, "/certificate/path", axes.chain));
  const Dimension pilot{"pilot", pilots};
  out.push_back(climb(tables::pilot, "/certificate/pilots", pilot));
  out.back().columns.push_back(
      {"train_error", ElementType::real64, {pilot}, 1, "", "its 0-1 error"});
  out.back().columns.push_back(
      {"bound", ElementType::real64, {}, 0, "", "what the pilots would certify if they stopped"});
  out.push_back(statistics_table(tables::sample_stats, "/sample_stats", axes, statistics));
  if (shape.stores_weights) out.push_back(weights_table(tables::posterior, "/posterior", shape));
  schema.check();
  return schema;
}

}  // namespace echelon
