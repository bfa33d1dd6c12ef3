#include <cmath>

#include "pilot.hpp"
#include "plan.hpp"
#include "resources.hpp"
#include "setup.hpp"

namespace echelon {
namespace {

/// The memory of a node that holds its share of the replicas, beside what this one has.
void say_memory(const MemoryEstimate& estimate, int replicas_here, const std::string& used,
                Journal& journal) {
  const auto needed = estimate.data_per_node + replicas_here * estimate.per_replica;
  journal.say(fmt::format(
      "memory      about {} a node ({} of data, {} for each of {} replicas), "
      "which has {}; {} so far",
      byte_size(needed), byte_size(estimate.data_per_node), byte_size(estimate.per_replica),
      replicas_here, byte_size(physical_memory()), used));
  if (needed > physical_memory())
    journal.warn("the run does not fit into this node's memory: spread it over more nodes");
}

void say_disk(const RunRequest& request, int rungs, Journal& journal) {
  const auto needed = estimate_disk(request.config, rungs), free = free_disk(request.directory);
  journal.say(fmt::format("disk        about {} in all; {} free", byte_size(needed),
                          std::isnan(free) ? "unknown how much is" : byte_size(free)));
  if (needed > free)
    journal.warn("the results do not fit onto the disk: raise run.thin-weights or free some space");
}

}  // namespace

void rehearse(const Communicator& world, RunRequest request, Journal& journal) {
  if (world.is_root()) is_complete(request);
  share(world, request.config);
  const auto& config = request.config;
  auto parts = make_parts(config);
  parts.start = starting_weights(config);
  const auto node = world.node();
  auto data = load_on_node(data_options(config), world, node);
  const SamplerInput input{config, parts, data, world, node};
  const auto ladder = initial_ladder(config);
  const auto options = tempering_options(request);
  const auto seconds = make_sampler(input)->time_sweep(options, ladder);
  const auto memory = memory_used(world);
  const bool tempers = ladder.rungs() > 1;
  const auto pilot = tempers ? run_pilot(input, options, ladder) : PilotRun();
  const int node_ranks = input.node.size();
  if (!world.is_root()) return;
  const auto replicas = ladder.rungs() * options.ladders;
  const auto sweeps = options.warmup + options.sweeps;
  const auto estimate = estimate_memory(parts.network.widths, data.train.samples, data.test.samples,
                                        config.text("run.precision") == "float" ? 4 : 8);
  journal.say(fmt::format("data        {} training and {} test samples of {} features",
                          data.train.samples, data.test.samples, data.train.features));
  journal.say(fmt::format("placement   {}", describe_placement(replicas, world.size())));
  say_memory(estimate, (replicas * node_ranks + world.size() - 1) / world.size(), memory, journal);
  say_disk(request, rung_capacity(config), journal);
  if (tempers) journal.say(describe_barrier(expected_ladder(config, ladder, pilot)));
  journal.say(fmt::format("time        {:.3g} s a sweep, {} for {} sweeps on {} rank{}", seconds,
                          clock_time(seconds * double(sweeps)), sweeps, world.size(),
                          world.size() == 1 ? "" : "s"));
}

}  // namespace echelon
