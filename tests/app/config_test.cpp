#include "echelon/app/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "echelon/core/error.hpp"
#include "support/temporary_folder.hpp"

namespace echelon {
namespace {

std::string message_of(const auto& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage) << error.what();
    return error.what();
  }
  return "no error";
}

TEST(Keys, AreUniqueDescribedAndHaveDefaultsTheyAllow) {
  std::set<std::string> names;
  for (const auto& key : all_keys()) {
    EXPECT_TRUE(names.insert(key.full_name()).second) << key.full_name();
    EXPECT_GT(key.meaning.size(), 10u) << key.full_name();
    EXPECT_NO_THROW(canonical(key, key.standard, "default")) << key.full_name();
    EXPECT_TRUE(key.type != KeyType::word || !key.allowed.empty()) << key.full_name();
  }
}

TEST(Keys, OfOneSectionStandTogether) {
  std::set<std::string_view> closed;
  std::string_view open;
  for (const auto& key : all_keys()) {
    if (key.section == open) continue;
    closed.insert(open);
    open = key.section;
    EXPECT_FALSE(closed.contains(open)) << open;
  }
}

TEST(Config, DefaultsAreConsistent) { EXPECT_NO_THROW(check(Config())); }

TEST(Config, ReadsSectionsCommentsAndLists) {
  const auto config = Config::parse(
      "# a comment\n[network]\nwidths = 5, 4 ,3\n\n[temperature]\na=1e-3 , .5  # another\n",
      "x.cfg");
  EXPECT_EQ(config.integers("network.widths"), (std::vector<int>{5, 4, 3}));
  EXPECT_EQ(config.reals("temperature.a"), (std::vector<double>{1e-3, 0.5}));
  EXPECT_EQ(config.depth(), 2);
  EXPECT_EQ(config.per_layer("prior.scale"), (std::vector<double>{1, 1}));
}

TEST(Config, EqualValuesHaveEqualText) {
  auto config = Config();
  config.set("temperature.a", "2e-06,.000001", "test");
  EXPECT_EQ(config, Config());
  EXPECT_TRUE(config.is_standard("temperature.a"));
}

TEST(Config, PrintedConfigurationReadsBack) {
  auto config = Config();
  const std::vector<std::string> overrides = {"network.widths=3,2", "temperature.a=0.1",
                                              "prior.radius=2", "data.dir=/some where/x=y",
                                              "run.thin-weights=17"};
  config.apply(overrides);
  EXPECT_EQ(Config::parse(config.to_ini(), "printed"), config);
  EXPECT_EQ(Config::parse(Config().to_ini(), "printed"), Config());
}

TEST(Config, PrintsEveryKeyWithItsMeaning) {
  const auto ini = Config().to_ini();
  for (const auto& key : all_keys()) {
    EXPECT_NE(ini.find(fmt::format("\n{} =", key.name)), ini.npos) << key.full_name();
    EXPECT_NE(ini.find(std::string(key.meaning.substr(0, 20))), ini.npos) << key.full_name();
  }
}

TEST(Config, OverridesWinOverTheFile) {
  auto config = Config::parse("[run]\nsweeps = 7\n", "x.cfg");
  const std::vector<std::string> overrides = {"run.sweeps = 9"};
  config.apply(overrides);
  EXPECT_EQ(config.integer("run.sweeps"), 9);
}

TEST(Config, MissingFileIsMissingInput) {
  try {
    Config::load("/nowhere/at/all.cfg", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::no_input);
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all.cfg"), std::string::npos);
  }
}

TEST(Config, DefaultThinningOfWeightsKeepsAboutAThousand) {
  auto config = Config::parse("[run]\nsweeps = 40000\nthin = 8\n", "x.cfg");
  settle(config, nullptr);
  EXPECT_EQ(config.integer("run.thin-weights"), 40);
  auto longer = Config::parse("[run]\nsweeps = 80000\nthin = 8\n", "x.cfg");
  settle(longer, &config);  // extending a run must not change what it stores
  EXPECT_EQ(longer.integer("run.thin-weights"), 40);
  EXPECT_EQ(frozen_differences(config, longer, RunKind::sampling), "");
}

TEST(Config, TableOfTemperaturesIsReadOnceAndFrozen) {
  const TemporaryFolder folder;
  const auto table = folder.path() / "table.txt";
  const auto file = folder.path() / "run.cfg";
  std::ofstream(file) << "[ladder]\ntable = " << table.string() << "\n[temperature]\na = .2,.1\n"
                      << "[kernel]\nestimator = annealed\n";
  std::ofstream(table) << "# hottest first\nprior\n\n 3.0, 1\t# a hot one\n.2 .10\n";
  const auto config = Config::load(file.string(), {});
  EXPECT_EQ(config.text("ladder.table"), "prior;3,1;0.2,0.1");
  EXPECT_NO_THROW(check(config));
  EXPECT_EQ(Config::parse(config.to_ini(), "printed"), config);
  std::ofstream(table) << "prior\n4,1\n.2,.1\n";
  const auto text = frozen_differences(config, Config::load(file.string(), {}), RunKind::sampling);
  EXPECT_NE(text.find("ladder.table: the run has 'prior;3,1;0.2,0.1'"), text.npos) << text;
  std::ofstream(table) << "prior\n.2,1x\n";
  const auto message = message_of([&] { Config::load(file.string(), {}); });
  EXPECT_NE(message.find("table.txt, line 2: '1x' is no temperature"), message.npos) << message;
}

TEST(Config, FrozenDifferencesNameKeyAndBothValues) {
  const Config of_run;
  auto now = of_run;
  now.set("run.sweeps", "2000", "test");
  now.set("data.dir", "/elsewhere", "test");
  now.set("output.checkpoint-minutes", "1", "test");
  EXPECT_EQ(frozen_differences(of_run, now, RunKind::sampling), "");
  now.set("run.seed", "5", "test");
  now.set("kernel.step", "1e-3,1e-4", "test");
  const auto text = frozen_differences(of_run, now, RunKind::sampling);
  EXPECT_NE(text.find("run.seed: the run has '1', this command says '5'"), text.npos) << text;
  EXPECT_NE(text.find("kernel.step"), text.npos) << text;
}

struct Bad {
  std::string_view name, ini;
  std::vector<std::string_view> says;  ///< pieces of the message
};

void PrintTo(const Bad& bad, std::ostream* out) { *out << bad.name; }

class BadConfig : public testing::TestWithParam<Bad> {};

TEST_P(BadConfig, IsRefusedWithTheReason) {
  const auto& bad = GetParam();
  const auto message = message_of([&] { check(Config::parse(std::string(bad.ini), "bad.cfg")); });
  for (const auto piece : bad.says) EXPECT_NE(message.find(piece), message.npos) << message;
}

// clang-format off
const Bad bad_configs[] = {
    {"UnknownKey", "[run]\nsweps = 3\n", {"bad.cfg", "run.sweps", "did you mean run.sweeps?"}},
    {"UnknownSection", "[kernels]\nquux = 3\n", {"bad.cfg", "kernels.quux", "echelon config"}},
    {"KeyWithoutSection", "sweeps = 3\n", {"bad.cfg", "unknown key 'sweeps'"}},
    {"GivenTwice", "[run]\nseed = 3\nseed = 3\n", {"bad.cfg", "run.seed", "twice"}},
    {"GivenTwiceInSectionsOfOneName", "[run]\nseed=3\n[data]\nseed=1\n[run]\nseed=3\n", {"run.seed", "twice"}},
    {"NotInIniForm", "[run]\nsweeps\n", {"bad.cfg", "sweeps", "key = value"}},
    {"BrokenSection", "[run\nsweeps = 3\n", {"bad.cfg", "key = value"}},
    {"NotAWholeNumber", "[run]\nsweeps = 1.5\n", {"bad.cfg", "run.sweeps = 1.5", "not a whole number"}},
    {"NotANumber", "[bounds]\ndelta = small\n", {"bounds.delta = small", "not a number", "> 0 and < 1"}},
    {"TrailingText", "[run]\nseed = 12x\n", {"run.seed = 12x", "not a whole number"}},
    {"TooLarge", "[run]\nseed = 99999999999999999999\n", {"run.seed", "too large"}},
    {"NotFinite", "[temperature]\na = nan,1\n", {"temperature.a", "not finite"}},
    {"Infinite", "[prior]\nscale = inf\n", {"prior.scale", "not finite"}},
    {"ZeroSweeps", "[run]\nsweeps = 0\n", {"run.sweeps = 0", "out of range", ">= 1"}},
    {"NegativeSeed", "[run]\nseed = -1\n", {"run.seed = -1", "out of range", ">= 0"}},
    {"Overflow", "[network]\nwidths = 5000000000,3\n", {"network.widths", "too large"}},
    {"NoSuchWord", "[kernel]\nproposal = fully\n", {"kernel.proposal = fully", "full"}},
    {"NotAFlag", "[output]\nweights = maybe\n", {"output.weights = maybe", "true | false"}},
    {"MissingValue", "[run]\nseed =\n", {"run.seed", "missing"}},
    {"EmptyEntry", "[network]\nwidths = 784,,10\n", {"network.widths", "''"}},
    {"TrailingComma", "[network]\nwidths = 784,10,\n", {"network.widths", "''"}},
    {"ControlCharacter", "[data]\ndir = a\x01z\n", {"data.dir", "control characters"}},
    {"OneWidth", "[network]\nwidths = 784\n", {"network.widths = 784", "two numbers"}},
    {"TooFewTemperatures", "[temperature]\na = 1\n", {"temperature.a = 1", "1 entries", "2 layers"}},
    {"TooManySteps", "[kernel]\nstep = 1,2,3\n", {"kernel.step = 1,2,3", "3 entries", "2 layers"}},
    {"TooManyScales", "[prior]\nscale = 1,2,3\n", {"prior.scale", "2 layers"}},
    {"LastTemperatureZero", "[temperature]\na = 1,0\n", {"temperature.a = 1,0", "positive"}},
    {"NegativeTemperature", "[temperature]\na = -1,1\n", {"temperature.a", "out of range"}},
    {"ScaleOfAFlatPrior", "[prior]\nkind = flat\nscale = 2\n", {"prior.scale = 2", "flat"}},
    {"RadiusAboutZero", "[network]\nreference = zero\n[prior]\nradius = 1\n", {"prior.radius", "network.reference = zero"}},
    {"CrossEntropyOfIdentity", "[network]\noutput = identity\nloss = cross-entropy\n", {"cross-entropy", "softmax"}},
    {"BetasUnsorted", "[ladder]\nbetas = 0,.5,.2,1\n[kernel]\nestimator=bridge\n", {"ladder.betas", "ascend"}},
    {"BetasEndBelowOne", "[ladder]\nbetas = 0,.5\n", {"ladder.betas = 0,0.5", "end at 1"}},
    {"BetaAboveOne", "[ladder]\nbetas = 0,2\n", {"ladder.betas", "out of range", "<= 1"}},
    {"RungsAgainstBetas", "[ladder]\nrungs = 4\nbetas = .5,1\n", {"ladder.rungs = 4", "lists 2"}},
    {"FlatPriorEnd", "[prior]\nkind=flat\n[ladder]\nbetas = 0,1\n", {"ladder.betas", "flat"}},
    {"PaperWithRungs", "[ladder]\nbetas = .5,1\n", {"kernel.estimator = paper", "bridge"}},
    {"AdaptWithoutWarmup", "[ladder]\nrungs = 4\n[kernel]\nestimator=bridge\n", {"ladder.adapt", "run.warmup"}},
    {"RungsAutoWithoutWarmup", "[ladder]\nrungs = auto\n[kernel]\nestimator=bridge\n", {"ladder.rungs = auto", "run.warmup"}},
    {"TableAndBetas", "[ladder]\ntable=1,1;2e-6,1e-6\nbetas=.5,1\n", {"ladder.betas = 0.5,1", "ladder.table"}},
    {"TableOfOtherRungs", "[ladder]\ntable=1,1;2e-6,1e-6\nrungs=3\n", {"ladder.rungs = 3", "lists 2"}},
    {"TableOfOtherLayers", "[ladder]\ntable=1,1;2e-6,1e-6,1\n", {"ladder.table, rung 1 has 3 temperatures", "2 layers"}},
    {"TableEndsElsewhere", "[ladder]\ntable=1,1;2e-6,2e-6\n", {"2e-06,2e-06", "temperature.a = 2e-06,1e-06"}},
    {"TableWithAPriorInside", "[ladder]\ntable=1,1;prior;2e-6,1e-6\n", {"rung 1", "'prior'"}},
    {"TableOfOneRung", "[ladder]\ntable=2e-6,1e-6;\n", {"1 rungs"}},
    {"TableOfAnInfiniteTemperature", "[ladder]\ntable=inf,1;2e-6,1e-6\n", {"'inf'"}},
    {"TableForTheBridge", "[ladder]\ntable=1,1;2e-6,1e-6\n[kernel]\nestimator=bridge\n", {"estimator = bridge", "absolute normalisers", "collapsed"}},
    {"TableFromAFlatPrior", "[ladder]\ntable=prior;0,1e-6\n[temperature]\na=0,1e-6\n[prior]\nkind=flat\n", {"ladder.table", "flat"}},
    {"FileOfAnotherSource", "[data]\nfile = x.h5\n", {"data.file = x.h5", "data.source = hdf5"}},
    {"SourceWithoutFile", "[data]\nsource = hdf5\n", {"data.source = hdf5", "data.file"}},
    {"IdxWithoutLabels", "[data]\nsource = idx\ntrain-images = a\n", {"data.train-labels"}},
    {"TestImagesAlone", "[data]\nsource=idx\ntrain-images=a\ntrain-labels=b\ntest-images=c\n", {"data.test-labels", "together"}},
    {"TeacherOfAnotherShape", "[data]\nsource = teacher\nwidths = 8,4,3\n", {"network.widths", "data.widths = 8,4,3"}},
    {"ThinWeightsNoMultiple", "[run]\nthin = 4\nthin-weights = 6\n", {"run.thin-weights = 6", "run.thin = 4"}},
    {"ThinBeyondTheEnd", "[run]\nsweeps = 10\nthin = 20\n", {"run.thin = 20", "run.sweeps = 10"}},
    {"ParticlesOfThePaper", "[kernel]\nparticles = 4\n", {"kernel.particles = 4", "annealed"}},
    {"ParticlesWithoutLevels", "[kernel]\nestimator = annealed\nparticles = 4\n", {"kernel.inner-steps = 10", "kernel.particles = 4"}},
    {"AnnealedFromAFlatPrior", "[prior]\nkind = flat\n[kernel]\nestimator = annealed\n", {"annealed", "gaussian"}},
    {"RoundTripOfThePaper", "[kernel]\nround-trip = true\n", {"kernel.round-trip", "bridge"}},
    {"PcnStepAboveOne", "[kernel]\nproposal = pcn\nstep = 2,.1\n", {"kernel.step", "at most 1"}},
    {"PcnOfAFlatPrior", "[prior]\nkind=flat\n[kernel]\nproposal = pcn\n", {"pcn", "gaussian"}},
    {"MalaBeforeTheLastLayer", "[kernel]\nproposal = mala,full\n", {"kernel.proposal = mala,full", "last layer"}},
    {"MalaWithoutHiddenLayer", "[network]\nwidths=784,10\n[temperature]\na=1\n[kernel]\nproposal=mala\nstep=1\n", {"mala", "784,10"}},
    {"HmcBesideAnother", "[prior]\nkind = gaussian\n[kernel]\nproposal = hmc,full\nestimator = bridge\n", {"kernel.proposal = hmc,full", "alone"}},
    {"HmcAtTwoTemperatures", "[prior]\nkind = gaussian\n[temperature]\na = 1e-3,1e-3\n[kernel]\nproposal = hmc\nestimator = bridge\n", {"hmc", "temperature.a", "every temperature but the last 0"}},
    {"HmcOfAnnealed", "[prior]\nkind = gaussian\n[temperature]\na = 0,1e-3\n[kernel]\nproposal = hmc\nestimator = annealed\n", {"hmc", "annealed"}},
    {"SquaresAndWindows", "[data]\nsource = mnist\npool = 2\nwindows = 5\n", {"data.pool = 2", "data.windows = 5"}},
    {"AcceptanceOfStepsThatStay", "[kernel]\ntarget-acceptance = .15\nadapt-steps = false\n", {"kernel.target-acceptance = 0.15", "kernel.adapt-steps = false"}},
    {"LeapfrogWithoutHmc", "[kernel]\nproposal = unit\nleapfrog = 3\n", {"kernel.leapfrog = 3", "kernel.proposal = unit"}},
    {"HmcUnderAFlatPrior", "[prior]\nkind = flat\n[temperature]\na = 0,1e-3\n[kernel]\nproposal = hmc\nestimator = bridge\n", {"hmc", "prior.kind"}},
    {"MalaOfCollapsed", "[network]\noutput = identity\n[prior]\nkind = gaussian\n[kernel]\nproposal = mala\nestimator = collapsed\n", {"mala", "collapsed"}},
    {"TooManyProposals", "[kernel]\nproposal = full,unit,full\n", {"kernel.proposal", "3 entries", "2 layers"}},
    {"CollapsedSoftmax", "[kernel]\nestimator = collapsed\n", {"collapsed", "network.output = identity"}},
    {"StartFromAFlatPrior", "[prior]\nkind=flat\n[run]\nstart = prior\n", {"run.start = prior", "flat"}},
};
// clang-format on

INSTANTIATE_TEST_SUITE_P(All, BadConfig, testing::ValuesIn(bad_configs),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Config, OverridesAreCheckedLikeTheFile) {
  auto config = Config();
  const auto complaint = [&](std::string text) {
    const std::vector<std::string> overrides = {std::move(text)};
    return message_of([&] { config.apply(overrides); });
  };
  EXPECT_NE(complaint("run.seed").find("no '='"), std::string::npos);
  EXPECT_NE(complaint("run.sed=1").find("did you mean run.seed?"), std::string::npos);
  EXPECT_NE(complaint("run.seed=x").find("--set: run.seed = x"), std::string::npos);
}

}  // namespace
}  // namespace echelon
