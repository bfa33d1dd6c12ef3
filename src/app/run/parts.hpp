#pragma once

#include "echelon/app/config.hpp"
#include "echelon/data/dataset.hpp"
#include "echelon/model/network.hpp"
#include "echelon/model/prior.hpp"
#include "echelon/sampler/temperatures.hpp"
#include "echelon/tempering/ladder.hpp"

namespace echelon {

/// The [data] section as the data module wants it.
DataOptions data_options(const Config& config);

/// What a configuration says about the law to be sampled, in the modules' own types.
struct Parts {
  Network network;
  Prior prior;
  Temperatures temperatures;
  Weights<double> start = {};  ///< where replicas start unless drawn; none: at the references
};

/// Error(usage) or, for a reference file, Error(no_input | data).
Parts make_parts(const Config& config);

/// run.start where it names a file of weights, else none. Error(no_input | data).
Weights<double> starting_weights(const Config& config);

/// The network alone, with zero reference matrices: all that evaluating it takes.
Network make_network(const Config& config);

/// The ladder that a run starts from.
Ladder initial_ladder(const Config& config);

/// Rungs it may grow to in warm-up, for which the tables have room.
int rung_capacity(const Config& config);

}  // namespace echelon
