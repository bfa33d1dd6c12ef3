#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <vector>

namespace echelon {

struct CommunicatorHandle;

/// A group of ranks. Default-constructed it is the serial group of one: every operation is then
/// local and no MPI function is called. Copies share the group. Methods other than rank, size and
/// waited are collective unless they say otherwise: every member calls them in the same order.
/// Error(internal) when MPI reports a failure or sizes disagree.
class Communicator {
 public:
  Communicator() = default;
  explicit Communicator(std::shared_ptr<CommunicatorHandle> handle);

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_root() const { return rank_ == 0; }

  /// The members that gave the same color (>= 0), ordered by key, then by rank.
  Communicator split(int color, int key) const;
  /// The members that share this rank's memory; rank 0 of it is the node's leader.
  Communicator node() const;

  void barrier() const;
  /// Copies root's values to every member; the span has the same length everywhere.
  template <class T>
  requires std::is_trivially_copyable_v<T>
  void broadcast(std::span<T> values, int root = 0) const {
    broadcast_raw(std::as_writable_bytes(values), root);
  }
  /// As above, with the length travelling too.
  void broadcast_bytes(std::vector<std::byte>& bytes, int root = 0) const;
  /// Rank r's values at all[r * mine.size() ..]; the same mine.size() everywhere.
  void all_gather(std::span<const double> mine, std::span<double> all) const;
  /// The same with counts[r] values from rank r, one after the other.
  void all_gather_varying(std::span<const double> mine, std::span<const int> counts,
                          std::span<double> all) const;
  /// On root the bytes of every rank in rank order, elsewhere an empty vector; any length.
  std::vector<std::vector<std::byte>> gather_bytes(std::span<const std::byte> mine) const;
  /// Point to point, blocking, any length; not collective. The receiver learns the length.
  /// Tags are 0 .. 32766.
  void send_bytes(std::span<const std::byte> bytes, int to, int tag) const;
  std::vector<std::byte> receive_bytes(int from, int tag) const;

  std::int64_t all_max(std::int64_t value) const;
  std::int64_t all_sum(std::int64_t value) const;
  /// Replaces every value by its sum over the ranks; the same length everywhere.
  void all_sum(std::span<std::int64_t> values) const;

  /// Seconds this rank has spent inside the operations above, on this group and its copies.
  double waited() const;

  /// The MPI group behind it, null when serial; for this module's own sources.
  const std::shared_ptr<CommunicatorHandle>& handle() const { return handle_; }

 private:
  void check_peer(int peer, int tag) const;
  void broadcast_raw(std::span<std::byte> bytes, int root) const;

  std::shared_ptr<CommunicatorHandle> handle_;
  int rank_ = 0;
  int size_ = 1;
};

/// Initialises MPI for its lifetime. Destroyed while an exception unwinds it ends the whole job
/// with ExitCode::internal, because the other ranks may be waiting for this one.
class Mpi {
 public:
  Mpi(int& argc, char**& argv);
  ~Mpi();
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;

  /// All ranks of the job. Error(internal) outside an Mpi's lifetime.
  static Communicator world();
  /// Ends every rank of the job with this exit code; without MPI, this process.
  [[noreturn]] static void abort(int code);
};

}  // namespace echelon
