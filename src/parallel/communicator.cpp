#include "echelon/parallel/communicator.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "communicator_handle.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{1} << 24;  // far below the 2^31 of an MPI count
constexpr int gather_tag = 32767;  // the largest that every MPI allows; callers get the others

// Adds the time until its destruction to the group's account.
class Stopwatch {
 public:
  explicit Stopwatch(CommunicatorHandle& handle) : handle_(handle), start_(MPI_Wtime()) {}
  ~Stopwatch() { handle_.waited += MPI_Wtime() - start_; }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  CommunicatorHandle& handle_;
  double start_;
};

template <class Transfer>
void in_chunks(std::size_t length, Transfer transfer) {
  for (std::size_t start = 0; start < length; start += chunk_bytes)
    transfer(start, static_cast<int>(std::min(chunk_bytes, length - start)));
}

void send_counted(MPI_Comm comm, std::span<const std::byte> bytes, int to, int tag) {
  const std::int64_t length = std::ssize(bytes);
  check_mpi(MPI_Send(&length, 1, MPI_INT64_T, to, tag, comm), "MPI_Send");
  in_chunks(bytes.size(), [&](std::size_t start, int count) {
    check_mpi(MPI_Send(bytes.data() + start, count, MPI_BYTE, to, tag, comm), "MPI_Send");
  });
}

std::vector<std::byte> receive_counted(MPI_Comm comm, int from, int tag) {
  std::int64_t length = 0;
  check_mpi(MPI_Recv(&length, 1, MPI_INT64_T, from, tag, comm, MPI_STATUS_IGNORE), "MPI_Recv");
  std::vector<std::byte> bytes(static_cast<std::size_t>(length));
  in_chunks(bytes.size(), [&](std::size_t start, int count) {
    check_mpi(MPI_Recv(bytes.data() + start, count, MPI_BYTE, from, tag, comm, MPI_STATUS_IGNORE),
              "MPI_Recv");
  });
  return bytes;
}

std::int64_t reduce(CommunicatorHandle* handle, std::int64_t value, MPI_Op operation) {
  if (handle == nullptr) return value;
  const Stopwatch stopwatch(*handle);
  std::int64_t result = 0;
  check_mpi(MPI_Allreduce(&value, &result, 1, MPI_INT64_T, operation, handle->comm),
            "MPI_Allreduce");
  return result;
}

}  // namespace

Communicator::Communicator(std::shared_ptr<CommunicatorHandle> handle)
    : handle_(std::move(handle)) {
  if (!handle_) return;
  check_mpi(MPI_Comm_rank(handle_->comm, &rank_), "MPI_Comm_rank");
  check_mpi(MPI_Comm_size(handle_->comm, &size_), "MPI_Comm_size");
}

Communicator Communicator::split(int color, int key) const {
  require(color >= 0, ExitCode::internal, "a group of ranks has color {} (it must be >= 0)", color);
  if (!handle_) return {};
  const Stopwatch stopwatch(*handle_);
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split(handle_->comm, color, key, &part), "MPI_Comm_split");
  return Communicator(std::make_shared<CommunicatorHandle>(part, true));
}

Communicator Communicator::node() const {
  if (!handle_) return {};
  const Stopwatch stopwatch(*handle_);
  MPI_Comm part = MPI_COMM_NULL;
  check_mpi(MPI_Comm_split_type(handle_->comm, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &part),
            "MPI_Comm_split_type");
  return Communicator(std::make_shared<CommunicatorHandle>(part, true));
}

void Communicator::barrier() const {
  if (!handle_) return;
  const Stopwatch stopwatch(*handle_);
  check_mpi(MPI_Barrier(handle_->comm), "MPI_Barrier");
}

void Communicator::broadcast_raw(std::span<std::byte> bytes, int root) const {
  if (!handle_) return;
  const Stopwatch stopwatch(*handle_);
  in_chunks(bytes.size(), [&](std::size_t start, int count) {
    check_mpi(MPI_Bcast(bytes.data() + start, count, MPI_BYTE, root, handle_->comm), "MPI_Bcast");
  });
}

void Communicator::broadcast_bytes(std::vector<std::byte>& bytes, int root) const {
  if (!handle_) return;
  std::size_t length = bytes.size();
  broadcast(std::span(&length, 1), root);
  bytes.resize(length);
  broadcast(std::span(bytes), root);
}

void Communicator::all_gather(std::span<const double> mine, std::span<double> all) const {
  require(all.size() == mine.size() * static_cast<std::size_t>(size_), ExitCode::internal,
          "{} values from each of {} ranks do not fill {} places", mine.size(), size_, all.size());
  if (!handle_) {
    std::copy(mine.begin(), mine.end(), all.begin());
    return;
  }
  require(all.size() <= std::numeric_limits<int>::max(), ExitCode::internal,
          "{} values are too many for one gather", all.size());
  const Stopwatch stopwatch(*handle_);
  const int count = static_cast<int>(mine.size());
  check_mpi(
      MPI_Allgather(mine.data(), count, MPI_DOUBLE, all.data(), count, MPI_DOUBLE, handle_->comm),
      "MPI_Allgather");
}

void Communicator::all_gather_varying(std::span<const double> mine, std::span<const int> counts,
                                      std::span<double> all) const {
  require(std::ssize(counts) == size_, ExitCode::internal, "{} counts for {} ranks", counts.size(),
          size_);
  const auto total = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  const int own = counts[static_cast<std::size_t>(rank_)];
  require(std::ssize(mine) == own && std::ssize(all) == total, ExitCode::internal,
          "rank {} brings {} of {} values (its count is {}, the counts sum to {})", rank_,
          mine.size(), all.size(), own, total);
  if (!handle_) {
    std::copy(mine.begin(), mine.end(), all.begin());
    return;
  }
  require(total <= std::numeric_limits<int>::max(), ExitCode::internal,
          "{} values are too many for one gather", total);
  std::vector<int> starts(counts.size());
  std::exclusive_scan(counts.begin(), counts.end(), starts.begin(), 0);
  const Stopwatch stopwatch(*handle_);
  check_mpi(MPI_Allgatherv(mine.data(), own, MPI_DOUBLE, all.data(), counts.data(), starts.data(),
                           MPI_DOUBLE, handle_->comm),
            "MPI_Allgatherv");
}

std::vector<std::vector<std::byte>> Communicator::gather_bytes(
    std::span<const std::byte> mine) const {
  std::vector<std::vector<std::byte>> all;
  if (is_root()) all.emplace_back(mine.begin(), mine.end());
  if (!handle_) return all;
  const Stopwatch stopwatch(*handle_);
  if (!is_root()) {
    send_counted(handle_->comm, mine, 0, gather_tag);
    return all;
  }
  for (int rank = 1; rank < size_; ++rank)
    all.push_back(receive_counted(handle_->comm, rank, gather_tag));
  return all;
}

void Communicator::check_peer(int peer, int tag) const {
  require(0 <= peer && peer < size_ && peer != rank_ && 0 <= tag && tag < gather_tag,
          ExitCode::internal, "rank {} of {} exchanges a message with rank {} under tag {}", rank_,
          size_, peer, tag);
}

void Communicator::send_bytes(std::span<const std::byte> bytes, int to, int tag) const {
  check_peer(to, tag);
  const Stopwatch stopwatch(*handle_);
  send_counted(handle_->comm, bytes, to, tag);
}

std::vector<std::byte> Communicator::receive_bytes(int from, int tag) const {
  check_peer(from, tag);
  const Stopwatch stopwatch(*handle_);
  return receive_counted(handle_->comm, from, tag);
}

std::int64_t Communicator::all_max(std::int64_t value) const {
  return reduce(handle_.get(), value, MPI_MAX);
}

std::int64_t Communicator::all_sum(std::int64_t value) const {
  return reduce(handle_.get(), value, MPI_SUM);
}

void Communicator::all_sum(std::span<std::int64_t> values) const {
  if (!handle_) return;
  const Stopwatch stopwatch(*handle_);
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, values.data(), static_cast<int>(values.size()), MPI_INT64_T,
                          MPI_SUM, handle_->comm),
            "MPI_Allreduce");
}

double Communicator::waited() const { return handle_ ? handle_->waited : 0; }

}  // namespace echelon
