#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// Memory that the ranks of one node share: one copy, readable by all (an MPI shared window, or
/// ordinary memory when the node group has one rank). 64-byte aligned, zero at first. The leader
/// (rank 0 of the group) fills it, then all call fence() before they read.
/// Construction, fence and destruction are collective over the node.
class SharedBuffer {
 public:
  SharedBuffer() = default;
  SharedBuffer(const Communicator& node, std::size_t bytes);

  const Communicator& node() const { return node_; }
  bool leader() const { return node_.is_root(); }
  /// Makes what the leader wrote visible to every rank of the node.
  void fence() const;

  std::span<std::byte> bytes() const { return bytes_; }
  /// The buffer as `count` values of T from byte `offset` (a multiple of alignof(T)).
  /// Error(internal) when they do not fit.
  template <class T>
  std::span<T> as(std::size_t offset, std::size_t count) const {
    check(offset, alignof(T), sizeof(T), count);
    return {reinterpret_cast<T*>(bytes_.data() + offset), count};
  }

 private:
  struct Memory;
  void check(std::size_t offset, std::size_t alignment, std::size_t size, std::size_t count) const;

  Communicator node_;
  std::shared_ptr<Memory> memory_;
  std::span<std::byte> bytes_;
};

}  // namespace echelon
