#include "echelon/tempering/ledger.hpp"

#include "echelon/core/error.hpp"
#include "echelon/random/stream.hpp"
#include "echelon/tempering/adaptation.hpp"

namespace echelon {

Ledger::Ledger(const Ladder& initial, int ladders, int report_size)
    : ladder(initial),
      assignment(ladders, initial.rungs()),
      trips(assignment.replicas()),
      sums(initial.rungs(), report_size) {
  trips.visit(assignment);
}

Rung Ledger::there(int replica) const {
  const int rung = assignment.rung_of(replica);
  const int partner = partner_of(rung, ladder.rungs(), exchanges);
  return ladder.rung(partner < 0 ? rung : partner);
}

void Ledger::count(const Census& census) {
  trips.visit(assignment);
  sums.add_draws(assignment, census);
}

std::vector<Attempt> Ledger::exchange(const Census& census, std::uint64_t seed) {
  std::vector<double> uniforms;
  for (int slot = 0; slot < assignment.replicas(); ++slot)
    uniforms.push_back(Stream(Address{seed, Purpose::swap, static_cast<std::uint32_t>(slot),
                                      static_cast<std::uint64_t>(sweep)})
                           .uniform());
  SwapRound round = swap_round(assignment, census.log_ratios, exchanges, uniforms);
  assignment = std::move(round.after);
  assignment.check();
  sums.add_attempts(round.attempts);
  ++exchanges;
  return std::move(round.attempts);
}

void Ledger::change_ladder(const Ladder& next) {
  if (next.rungs() != ladder.rungs()) {
    const std::vector<int> source = nearest_rungs(ladder, next);
    std::vector<std::int64_t> counts;
    for (int chain = 0; chain < assignment.ladders(); ++chain)
      for (std::size_t rung = 0; rung < source.size(); ++rung) {
        const bool first_heir = rung == 0 || source[rung] != source[rung - 1];
        const int ancestor = assignment.replica_at(chain, source[rung]);
        counts.push_back(first_heir ? trips.counts()[static_cast<std::size_t>(ancestor)] : 0);
      }
    assignment = Assignment(assignment.ladders(), next.rungs());
    trips = RoundTrips::from_history(std::vector<std::int64_t>(counts.size(), 0), counts);
  }
  ladder = next;
}

Archive Ledger::pack() const {
  Archive archive;
  archive.put("sweep", sweep);
  archive.put("exchanges", exchanges);
  archive.put("ladders", std::int64_t{assignment.ladders()});
  archive.put("betas", ladder.betas());
  archive.put("adaptable", std::int64_t{ladder.adaptable() ? 1 : 0});
  archive.put("replica_at", assignment.replica_at());
  archive.put("trip_legs", trips.legs());
  archive.put("trip_counts", trips.counts());
  archive.put_all("sums", sums.pack());
  return archive;
}

Ledger Ledger::unpack(const Archive& archive) {
  const auto& betas = archive.get<double>("betas");
  Ladder ladder = Ladder::from_betas(betas, ExitCode::data);
  if (archive.get_scalar<std::int64_t>("adaptable") == 0)
    ladder =
        Ladder::opaque(ladder.rungs(), betas.front() == 0 ? PriorEnd::included : PriorEnd::absent);
  const auto ladders = archive.get_scalar<std::int64_t>("ladders");
  const auto& replica_at = archive.get<std::int64_t>("replica_at");
  require(ladders > 0 && ladders <= std::ssize(replica_at), ExitCode::data,
          "{} ladders do not hold {} replicas", ladders, replica_at.size());
  Ledger ledger(ladder, static_cast<int>(ladders), 0);
  ledger.sweep = archive.get_scalar<std::int64_t>("sweep");
  ledger.exchanges = archive.get_scalar<std::int64_t>("exchanges");
  ledger.assignment =
      Assignment::from_replicas(static_cast<int>(ladders), ladder.rungs(), replica_at);
  ledger.trips = RoundTrips::from_history(archive.get<std::int64_t>("trip_legs"),
                                          archive.get<std::int64_t>("trip_counts"));
  ledger.sums = RoundSums::unpack(archive.part("sums"));
  require(std::ssize(ledger.trips.counts()) == ledger.assignment.replicas() &&
              std::ssize(ledger.sums.mean_energies()) == ladder.rungs(),
          ExitCode::data, "round trips of {} replicas and sums over {} rungs do not fit {} x {}",
          ledger.trips.counts().size(), ledger.sums.mean_energies().size(), ladders,
          ladder.rungs());
  return ledger;
}

}  // namespace echelon
