#pragma once

#include <gtest/gtest.h>

#include "echelon/data/dataset.hpp"
#include "files.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {

/// Five images of 2 x 3 pixels in a file `a`, and their labels, of three classes, in `b`.
class Idx : public ::testing::Test {
 protected:
  Idx() {
    options_.source = DataSource::idx;
    options_.train_images = folder_ / "a";
    options_.train_labels = folder_ / "b";
    write_file(folder_ / "a", idx({5, 2, 3}, counting(30)));
    write_file(folder_ / "b", idx({5}, counting(5, 3)));
  }
  void add_test() {
    options_.test_images = folder_ / "c";
    options_.test_labels = folder_ / "d";
    write_file(folder_ / "c", gzip(idx({2, 2, 3}, counting(12))));
    write_file(folder_ / "d", gzip(idx({2}, counting(2))));
  }
  TemporaryFolder folder_;
  DataOptions options_;
};

}  // namespace echelon
