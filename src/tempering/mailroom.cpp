#include "echelon/tempering/mailroom.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "echelon/core/error.hpp"

namespace echelon {
namespace {

constexpr std::size_t header = 4;  // signals, wall, waiting, swap terms
constexpr int answer_tag = 1;
constexpr int replica_tag = 2;

}  // namespace

Mailroom::Mailroom(const Communicator& world, const Placement& placement, int replicas,
                   TimeSpent& spent)
    : world_(world),
      placement_(placement),
      replicas_(replicas),
      speaks_for_(static_cast<std::size_t>(world.size()), 0),
      spent_(spent) {
  spent_.waited.resize(static_cast<std::size_t>(world.size()), 0.0);
  for (int replica = 0; replica < replicas; ++replica)
    ++speaks_for_[static_cast<std::size_t>(placement.owner(replica))];
}

Census Mailroom::share(std::span<const double> rows, Signal signals, double wall) {
  const std::size_t width = rows.size() / static_cast<std::size_t>(placement_.replicas().size());
  std::vector<double> message{static_cast<double>(signals), wall, spent_.waiting,
                              spent_.swap_terms};
  if (speaks()) message.insert(message.end(), rows.begin(), rows.end());
  std::vector<int> counts;
  std::size_t total = 0;
  for (const int replicas : speaks_for_) {
    counts.push_back(static_cast<int>(header + width * static_cast<std::size_t>(replicas)));
    total += static_cast<std::size_t>(counts.back());
  }
  std::vector<double> all(total);
  const double before = world_.waited();
  world_.all_gather_varying(message, counts, all);
  spent_.waiting += world_.waited() - before;
  Census census = read(all, width);
  account(census);
  return census;
}

// The rank that came last to the previous all-gather waited least: it waited for no one.
void Mailroom::account(Census& census) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t rank = 0; rank < census.times.size(); ++rank) {
    least = std::min(least, census.times[rank].waiting - spent_.waited[rank]);
    spent_.waited[rank] = census.times[rank].waiting;
  }
  census.communication = spent_.communication += least;
}

// Ranks speak in rank order, and teams and blocks ascend with the ranks: replicas come in order.
Census Mailroom::read(std::span<const double> all, std::size_t width) const {
  Census census;
  for (const int replicas : speaks_for_) {
    census.signals = census.signals | static_cast<Signal>(static_cast<std::uint32_t>(all[0]));
    census.times.push_back({all[1], all[2], all[3]});
    all = all.subspan(header);
    for (int i = 0; i < replicas; ++i) {
      require(std::isfinite(all[0]), ExitCode::internal,
              "training loss of replica {} is {} (not a finite number) check the data, the start "
              "and the step sizes",
              census.energies.size(), all[0]);
      census.energies.push_back(all[0]);
      census.log_ratios.push_back(all[1]);
      census.reports.insert(census.reports.end(), all.begin() + 2,
                            all.begin() + static_cast<std::ptrdiff_t>(width));
      all = all.subspan(width);
    }
  }
  return census;
}

Archive Mailroom::to_root(int replica, const Archive& answer) const {
  const int owner = placement_.owner(replica);
  if (world_.is_root())
    return owner == 0 ? answer : Archive::from_bytes(world_.receive_bytes(owner, answer_tag));
  if (world_.rank() == owner) world_.send_bytes(answer.to_bytes(), 0, answer_tag);
  return {};
}

std::vector<Archive> Mailroom::gather(const std::vector<Archive>& mine) const {
  Archive parcel;
  for (int i = 0; speaks() && i < placement_.replicas().size(); ++i)
    parcel.put_all(std::to_string(placement_.replicas().begin + i),
                   mine[static_cast<std::size_t>(i)]);
  std::vector<Archive> all;
  std::vector<Archive> parcels;
  for (const auto& bytes : world_.gather_bytes(parcel.to_bytes()))
    parcels.push_back(Archive::from_bytes(bytes));
  if (!world_.is_root()) return all;
  for (int replica = 0; replica < replicas_; ++replica) {
    const auto owner = static_cast<std::size_t>(placement_.owner(replica));
    all.push_back(parcels[owner].part(std::to_string(replica)));
  }
  return all;
}

std::vector<Archive> Mailroom::scatter(const std::vector<Archive>& all) const {
  std::vector<double> mine{double(placement_.replicas().begin), double(placement_.replicas().end)};
  std::vector<double> ranges(2 * static_cast<std::size_t>(world_.size()));
  world_.all_gather(mine, ranges);
  std::vector<Archive> received;
  if (!world_.is_root()) {
    for (int i = 0; i < placement_.replicas().size(); ++i)
      received.push_back(Archive::from_bytes(world_.receive_bytes(0, replica_tag)));
    return received;
  }
  for (int rank = 0; rank < world_.size(); ++rank)
    for (auto replica = static_cast<std::size_t>(ranges[2 * static_cast<std::size_t>(rank)]);
         replica < static_cast<std::size_t>(ranges[2 * static_cast<std::size_t>(rank) + 1]);
         ++replica) {
      if (rank == 0)
        received.push_back(all.at(replica));
      else
        world_.send_bytes(all.at(replica).to_bytes(), rank, replica_tag);
    }
  return received;
}

}  // namespace echelon
