#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "echelon/core/snapshot.hpp"
#include "echelon/storage/generations.hpp"
#include "echelon/storage/h5/h5.hpp"
#include "echelon/storage/manifest.hpp"

namespace echelon {

/// How much of a run is checked before it is read: every byte of its draws, or only that the
/// files are there in full (each array's checksums are still checked when it is read).
enum class Check { hashes, sizes };

/// The committed draws of a run, live or dead, read-only and without its lock. It keeps showing the
/// commit that was current when it was made.
class RunView {
 public:
  /// Error(no_input) when the directory holds no run, Error(data) when it is damaged.
  explicit RunView(fs::path directory, Check check = Check::hashes);

  const fs::path& path() const { return path_; }
  const Manifest& manifest() const { return found_.manifest; }
  /// What a human should know about the manifests, e.g. that the newest one is damaged.
  const std::vector<std::string>& warnings() const { return found_.warnings; }

  bool has(std::string_view table, std::string_view column) const;
  std::int64_t rows(std::string_view table) const;
  /// Extents in file order, the row axis at its place. Error(data) when the run has no such column.
  H5Dims shape(std::string_view table, std::string_view column) const;

  /// All rows, in file order (shape()). T is double, float or int64_t; integers convert to reals,
  /// never reals to integers. A latest-only table without rows reads as no values.
  template <class T>
  std::vector<T> read(std::string_view table, std::string_view column) const;
  /// Rows [first, first + count) in file order.
  template <class T>
  std::vector<T> read(std::string_view table, std::string_view column, std::int64_t first,
                      std::int64_t count) const;

  /// The newest intact checkpoint. Error(no_input) before the first commit.
  Snapshot snapshot() const;

 private:
  struct Place {
    const Table& table;
    const Column& column;
  };
  Place find(std::string_view table, std::string_view column) const;
  void open_segments(Check check);

  fs::path path_;
  FoundManifest found_;
  std::vector<H5File> segments_;
};

}  // namespace echelon
