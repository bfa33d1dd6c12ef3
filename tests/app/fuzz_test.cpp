// R14: whatever bytes a configuration holds, it is understood or refused with Error(usage).

#include "support/fuzz.hpp"

#include <sstream>

#include "echelon/app/config.hpp"

namespace echelon {
namespace {

TEST(Fuzz, Config) {
  auto config = Config();
  const std::vector<std::string> overrides = {"network.widths=5,4,3", "temperature.a=0.1,0.2",
                                              "prior.radius=2", "ladder.betas=0,.5,1"};
  config.apply(overrides);
  std::string values;
  std::istringstream lines(config.to_ini());
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with('#')) values += line + '\n';  // damage to comments is dull
  fuzz("a configuration", values, 3000, ExitCode::usage, [](const std::string& text) {
    auto mutant = Config::parse(text, "mutant");
    check(mutant);
    settle(mutant, nullptr);
    EXPECT_EQ(Config::parse(mutant.to_ini(), "printed"), mutant);
  });
}

}  // namespace
}  // namespace echelon
