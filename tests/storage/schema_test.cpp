#include "echelon/storage/schema.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "echelon/core/error.hpp"
#include "storage/toy.hpp"

namespace echelon {
namespace {

TEST(Schema, TheToyRunsIsSound) { EXPECT_NO_THROW(toy::schema().check()); }

TEST(Schema, UnsoundOnesAreRefused) {
  const std::vector<std::function<void(Schema&)>> faults{
      [](Schema& s) { s.tables.push_back(s.tables[0]); },
      [](Schema& s) { s.tables[0].name = "trace"; },
      [](Schema& s) { s.tables[1].columns[0].name = "a/b"; },
      [](Schema& s) { s.tables[1].columns[0].name = "rung"; },
      [](Schema& s) { s.tables[1].columns[0].row_axis = 3; },
      [](Schema& s) { s.tables[1].columns[0].row_axis = -1; },
      [](Schema& s) { s.tables[1].columns[0].dims[0].size = 0; },
      [](Schema& s) { s.tables[1].columns[0].dims[1].name = "chain"; },
      [](Schema& s) { s.tables[1].columns[0].dims[1].size = 7; },  // /ladder/rung twice
      [](Schema& s) { s.tables[2].row_axis = "sweep"; },           // taken in /ladder
      [](Schema& s) { s.tables[2].columns[1].name = "sweep"; },    // an axis of /ladder
      [](Schema& s) { s.tables[2].columns[1].name = "beta"; },
      [](Schema& s) { s.tables[2].columns[0].name = "round"; },  // a coordinate with two axes
      [](Schema& s) { s.tables[3].columns[0].dims.clear(); },    // a latest-only scalar
  };
  for (std::size_t i = 0; i < faults.size(); ++i) {
    Schema schema = toy::schema();
    faults[i](schema);
    EXPECT_THROW(schema.check(), Error) << "fault " << i;
  }
}

TEST(Schema, ARowAxisMayHaveCoordinatesOfItsOwn) {
  Schema schema = toy::schema();
  schema.tables[2].columns.push_back(
      {"round", ElementType::int64, {}, 0, "", "number of the round"});
  EXPECT_NO_THROW(schema.check());
}

TEST(Schema, ShapesPutTheRowAxisInItsPlace) {
  const Column w = toy::schema().find("/posterior")->columns[0];
  EXPECT_EQ(w.shape(5), (std::vector<std::int64_t>{2, 5, 2, 3}));
  EXPECT_EQ(w.axes("draw"), (std::vector<std::string>{"chain", "draw", "W1_out", "W1_in"}));
  EXPECT_EQ(w.row_size(), 12);
  EXPECT_EQ(w.inner_size(), 6);
}

}  // namespace
}  // namespace echelon
