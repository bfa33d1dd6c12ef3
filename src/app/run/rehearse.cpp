#include "echelon/diagnostics/barrier.hpp"
#include "plan.hpp"
#include "setup.hpp"

namespace echelon {

void rehearse(const Communicator& world, RunRequest request, Journal& journal) {
  if (world.is_root()) is_complete(request);
  share(world, request.config);
  const auto& config = request.config;
  const auto parts = make_parts(config);
  const auto data = load_on_node(data_options(config), world);
  const SamplerInput input{config, parts, data, world, world.node()};
  const auto ladder = initial_ladder(config);
  const auto options = tempering_options(request);
  const auto seconds = make_sampler(input)->time_sweep(options, ladder);
  const auto memory = memory_used(world);
  if (!world.is_root()) return;
  const auto replicas = ladder.rungs() * options.ladders;
  const auto sweeps = options.warmup + options.sweeps;
  const auto estimate = estimate_memory(parts.network.widths, data.train.samples, data.test.samples,
                                        config.text("run.precision") == "float" ? 4 : 8);
  journal.say(fmt::format("data        {} training and {} test samples of {} features",
                          data.train.samples, data.test.samples, data.train.features));
  journal.say(fmt::format("placement   {}", describe_placement(replicas, world.size())));
  journal.say(fmt::format("memory      about {} a node for the data and {} a replica; {} so far",
                          byte_size(estimate.data_per_node), byte_size(estimate.per_replica),
                          memory));
  if (ladder.rungs() > 1) {
    const auto least = ladder.betas()[0] > 0 ? ladder.betas()[0] : ladder.betas()[1];
    const auto barrier = expected_barrier(weight_count(parts.network.widths), least, 1.0);
    journal.say(fmt::format(
        "barrier     at most about {:.0f} from beta = {:.3g} to 1, which would take {:.0f} "
        "rungs (this ladder has {})",
        barrier, least, 2 * barrier + 1, ladder.rungs()));
  }
  journal.say(fmt::format("time        {:.3g} s a sweep, {} for {} sweeps on {} rank{}", seconds,
                          clock_time(seconds * double(sweeps)), sweeps, world.size(),
                          world.size() == 1 ? "" : "s"));
}

}  // namespace echelon
