#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "echelon/core/error.hpp"
#include "echelon/data/dataset.hpp"
#include "files.hpp"
#include "memory_limit.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {

/// One row of the tables behind promise R12: a bad input ends in one Error with the documented
/// code, whose message names the file, the field and the two values that disagree.
struct BadInput {
  const char* name;
  std::function<void(const TemporaryFolder&, DataOptions&)> spoil;
  ExitCode code;
  std::vector<std::string> words;
};

inline std::ostream& operator<<(std::ostream& out, const BadInput& bad) { return out << bad.name; }

inline std::string name_of(const testing::TestParamInfo<BadInput>& info) { return info.param.name; }

inline void expect_refused(const BadInput& bad, const TemporaryFolder& folder,
                           DataOptions options) {
  bad.spoil(folder, options);
  const MemoryLimit limit(16 << 20);
  try {
    load(options);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.code()), static_cast<int>(bad.code)) << error.what();
    for (const auto& word : bad.words)
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos)
          << "'" << word << "' is not in: " << error.what();
  }
}

}  // namespace echelon
