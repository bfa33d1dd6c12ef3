#include "echelon/parallel/shared_buffer.hpp"

#include <cstring>
#include <exception>
#include <new>

#include "communicator_handle.hpp"
#include "echelon/core/error.hpp"

namespace echelon {

namespace {
constexpr std::size_t alignment_bytes = 64;
}

// Either a window or own memory.
struct SharedBuffer::Memory {
  MPI_Win window = MPI_WIN_NULL;
  void* own = nullptr;

  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory() {
    ::operator delete (own, std::align_val_t{alignment_bytes});
    // Freeing a window waits for the other ranks; after a failure they will not come.
    if (window == MPI_WIN_NULL || !mpi_is_running() || std::uncaught_exceptions() > 0) return;
    MPI_Win_unlock_all(window);
    MPI_Win_free(&window);
  }
};

SharedBuffer::SharedBuffer(const Communicator& node, std::size_t bytes)
    : node_(node), memory_(std::make_shared<Memory>()) {
  if (node.size() == 1) {
    memory_->own = ::operator new (bytes, std::align_val_t{alignment_bytes});
    bytes_ = {static_cast<std::byte*>(memory_->own), bytes};
    std::memset(bytes_.data(), 0, bytes);
    return;
  }
  const MPI_Comm comm = node.handle()->comm;
  const auto wanted =
      static_cast<MPI_Aint>(node.is_root() ? bytes + alignment_bytes : std::size_t{0});
  void* base = nullptr;
  check_mpi(MPI_Win_allocate_shared(wanted, 1, MPI_INFO_NULL, comm, &base, &memory_->window),
            "MPI_Win_allocate_shared");
  MPI_Aint size = 0;
  int unit = 0;
  check_mpi(MPI_Win_shared_query(memory_->window, 0, &size, &unit, &base), "MPI_Win_shared_query");
  check_mpi(MPI_Win_lock_all(MPI_MODE_NOCHECK, memory_->window), "MPI_Win_lock_all");
  // The window is mapped by whole pages, so every rank skips the same number of bytes.
  auto space = static_cast<std::size_t>(size);
  require(std::align(alignment_bytes, bytes, base, space) != nullptr, ExitCode::internal,
          "a shared window of {} bytes does not hold {} aligned bytes", size, bytes);
  bytes_ = {static_cast<std::byte*>(base), bytes};
  if (leader()) std::memset(bytes_.data(), 0, bytes);
  fence();
}

void SharedBuffer::fence() const {
  if (!memory_ || memory_->window == MPI_WIN_NULL) return;
  check_mpi(MPI_Win_sync(memory_->window), "MPI_Win_sync");
  node_.barrier();
  check_mpi(MPI_Win_sync(memory_->window), "MPI_Win_sync");
}

void SharedBuffer::check(std::size_t offset, std::size_t alignment, std::size_t size,
                         std::size_t count) const {
  require(offset % alignment == 0 && offset <= bytes_.size() &&
              count <= (bytes_.size() - offset) / size,
          ExitCode::internal, "{} values of {} bytes at {} do not fit a buffer of {} bytes", count,
          size, offset, bytes_.size());
}

}  // namespace echelon
