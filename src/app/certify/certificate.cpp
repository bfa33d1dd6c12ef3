#include "certificate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "../read/print.hpp"
#include "echelon/core/error.hpp"
#include "echelon/diagnostics/certificate.hpp"
#include "echelon/tempering/certify_options.hpp"

namespace echelon {
namespace {

const char* const by_chain[] = {"work", "train_loss", "train_error", "test_loss", "test_error"};
const char* const scalars[] = {"mean_work",      "complexity",          "certified_error",
                               "certified_loss", "failure_probability", "stop_beta"};

std::vector<double> collected(std::span<const Archive> statistics, const std::string& name) {
  std::vector<double> values;
  for (const auto& chain : statistics) values.push_back(chain.get_scalar<double>(name));
  return values;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

std::vector<double> read(const RunView& run, const std::string& name) {
  return run.read<double>(tables::certificate, name);
}

}  // namespace

CertificateTerms certificate_terms(const Config& config, double training_samples) {
  const bool bounded =
      config.text("network.output") == "softmax" && config.text("network.loss") == "squared";
  return {training_samples,
          config.real("certify.delta") /
              static_cast<double>(config.integer("certify.configurations-tried")),
          bounded ? 2.0 : std::numeric_limits<double>::infinity()};
}

double certified_error(const CertificateTerms& terms, std::span<const double> works,
                       std::span<const double> errors) {
  if (std::ranges::any_of(errors, [](double error) { return std::isnan(error); })) return 1;
  return path_certificate(works, errors, terms.samples, terms.failure_probability).bound;
}

Archive certificate_row(const CertificateTerms& terms, std::span<const double> works,
                        std::span<const Archive> statistics) {
  Archive row;
  row.put("work", std::vector<double>(works.begin(), works.end()));
  for (const char* name : by_chain)
    if (name != std::string("work")) row.put(name, collected(statistics, name));
  const auto& losses = row.get<double>("train_loss");
  std::vector<double> scaled;
  for (const double loss : losses) scaled.push_back(loss / terms.loss_range);
  const bool bounded = std::isfinite(terms.loss_range);
  const auto of_loss = path_certificate(works, scaled, terms.samples, terms.failure_probability);
  row.put("mean_work", of_loss.mean_work);
  row.put("complexity", of_loss.complexity);
  row.put("certified_error", certified_error(terms, works, row.get<double>("train_error")));
  row.put("certified_loss",
          bounded ? terms.loss_range * of_loss.bound : std::numeric_limits<double>::quiet_NaN());
  row.put("failure_probability", terms.failure_probability);
  return row;
}

bool holds_certificate(const RunView& run) {
  return run.has(tables::certificate, "work") && run.rows(tables::certificate) > 0;
}

std::string certificate_text(const RunView& run) {
  TextTable table({"chain", "G", "train error", "test error", "train loss", "test loss"});
  const auto work = read(run, "work");
  for (std::size_t chain = 0; chain < work.size(); ++chain)
    table.add({std::to_string(chain), shown(work[chain], 6),
               shown(read(run, "train_error")[chain], 4), shown(read(run, "test_error")[chain], 4),
               shown(read(run, "train_loss")[chain], 4), shown(read(run, "test_loss")[chain], 4)});
  const auto only = [&](const char* name) { return read(run, name).at(0); };
  return table.text() +
         fmt::format(
             "mean G {:.1f} nats, training error {:.4f}, test error {:.4f}\n"
             "CERTIFIED 0-1 ERROR {:.4f} and loss {} of a network drawn from these, each wrong "
             "with "
             "probability at most {:.3g} over data and chains: no equilibrium is assumed\n",
             only("mean_work"), mean(read(run, "train_error")), mean(read(run, "test_error")),
             only("certified_error"), shown(only("certified_loss"), 4),
             only("failure_probability"));
}

std::string certificate_json(const RunView& run) {
  nlohmann::json out;
  for (const char* name : by_chain) out[name] = json_numbers(read(run, name));
  for (const char* name : scalars) out[name] = json_number(read(run, name).at(0));
  out["assumes"] = "nothing";
  return out.dump(2) + "\n";
}

}  // namespace echelon
