#pragma once

#include <memory>
#include <string>
#include <vector>

#include "echelon/app/config.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/storage/run_directory.hpp"
#include "echelon/tempering/certify_options.hpp"
#include "echelon/tempering/options.hpp"
#include "parts.hpp"
#include "run_sink.hpp"

namespace echelon {

/// Everything a sampler is made of; outlives it. The inputs of the data are let go when a run has
/// packed them.
struct SamplerInput {
  const Config& config;
  const Parts& parts;
  Dataset& data;
  Communicator world;
  Communicator node;
};

/// What a target calls the numbers it gives out.
struct Vocabulary {
  std::vector<std::string> report;  ///< Target::report_names
  Archive statistics;               ///< names and sizes of a draw's scalars; values mean nothing
};

/// A run whose target's type has been chosen: the only door between configuration words and
/// templates. All methods are collective over the world unless they say otherwise.
class Sampler {
 public:
  virtual ~Sampler() = default;

  /// From a target on one sample, so that it costs nothing. Not collective.
  virtual Vocabulary vocabulary() const = 0;
  /// A run from sweep 0, or from the snapshot of a resumed one; `sink` is null except on root,
  /// `snapshot` too, and `resumes` says the same on every rank.
  virtual Outcome run(const Options& options, const Ladder& ladder, OutputSink* sink,
                      const Snapshot* snapshot, bool resumes) const = 0;
  /// Annealed certifying chains (tempering/certifier.hpp); arguments as above. Error(usage) for an
  /// estimator whose kernels are not exactly invariant.
  virtual Outcome certify(const CertifyOptions& options, const Ladder& ladder, RunDirectory* sink,
                          const Snapshot* snapshot, bool resumes) const = 0;
  /// Seconds per sweep, from a few sweeps of every replica from the start.
  virtual double time_sweep(const Options& options, const Ladder& ladder) const = 0;
};

/// The sampler that kernel.estimator and run.precision ask for.
std::unique_ptr<Sampler> make_sampler(const SamplerInput& input);

std::unique_ptr<Sampler> make_branch_sampler(const SamplerInput& input);
std::unique_ptr<Sampler> make_annealed_sampler(const SamplerInput& input);
std::unique_ptr<Sampler> make_collapsed_sampler(const SamplerInput& input);

}  // namespace echelon
