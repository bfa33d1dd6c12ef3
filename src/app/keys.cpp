#include "echelon/app/keys.hpp"

namespace echelon {
namespace {

using enum KeyType;
using enum KeyClass;

const Limits positive{.low = 0, .open_low = true};
const Limits not_negative{.low = 0};
const Limits at_least_one{.low = 1};
const Limits inside_unit{.low = 0, .high = 1, .open_low = true, .open_high = true};
const Limits closed_unit{.low = 0, .high = 1};

// One row per key reads better than the formatter's one word per line.
// clang-format off
const std::vector<Key> table = {
    {"data", "source", word, "mnist", frozen,
     "Where the samples come from: a random teacher network, the four MNIST files, any IDX files, or an HDF5 file",
     {"teacher", "mnist", "idx", "hdf5"}},
    {"data", "dir", text, "", free,
     "mnist: folder of the four files (raw or .gz). Not set: the environment variable ECHELON_MNIST_DIR, else ./mnist"},
    {"data", "file", text, "", free,
     "hdf5: file with /train/inputs (n, m), /train/labels (n) or /train/targets (n, out), and /test likewise"},
    {"data", "train-images", text, "", free, "idx: training images"},
    {"data", "train-labels", text, "", free, "idx: training labels"},
    {"data", "test-images", text, "", free, "idx: test images"},
    {"data", "test-labels", text, "", free, "idx: test labels"},
    {"data", "train-count", integer, "all", frozen, "Use the first n training samples only", {"all"}, at_least_one},
    {"data", "test-count", integer, "all", frozen, "Use the first n test samples only", {"all"}, at_least_one},
    {"data", "pixel-scale", real, "256", frozen, "mnist, idx: pixels are divided by this", {}, positive},
    {"data", "features", word, "pixels", frozen,
     "mnist, idx: what an image's inputs are, its pixels or the strength of its edges in eight directions (fixed, so data-free)",
     {"pixels", "edges"}},
    {"data", "pool", integer, "1", frozen, "mnist, idx: features are averaged over squares of this many pixels a side", {}, at_least_one},
    {"data", "windows", integer, "0", frozen,
     "mnist, idx: features are averaged through so many overlapping Gaussian windows a side, in place of squares; 0: squares", {}, not_negative},
    {"data", "waves", integer, "0", frozen,
     "mnist, idx: in place of each map (of pixels, squares, or edges in a direction) its so many longest cosine waves a side; 0: the map itself", {}, not_negative},
    {"data", "append-one", flag, "false", frozen,
     "Append a constant input of 1, which gives the first layer a bias"},
    {"data", "widths", integers, "8,4,3", frozen, "teacher: widths of the teacher network", {}, at_least_one},
    {"data", "samples", integer, "1000", frozen, "teacher: training samples; as many for the test unless test-count says otherwise", {}, at_least_one},
    {"data", "task", word, "classes", frozen,
     "teacher: the student learns the index of its largest output, or the outputs themselves", {"classes", "values"}},
    {"data", "noise", real, "0", frozen, "teacher: standard deviation of the noise on its outputs", {}, not_negative},
    {"data", "seed", integer, "1", frozen, "teacher: seed of the teacher and its samples", {}, not_negative},

    {"network", "widths", integers, "784,100,10", frozen, "Inputs, hidden units of each layer, outputs", {}, at_least_one},
    {"network", "activation", word, "relu", frozen, "Activation of the hidden layers", {"relu", "tanh", "identity"}},
    {"network", "output", word, "softmax", frozen, "Activation of the last layer", {"softmax", "identity"}},
    {"network", "loss", word, "squared", frozen,
     "Loss of a sample: squared l2 distance of output and target, or cross-entropy", {"squared", "cross-entropy"}},
    {"network", "reference", text, "identity", frozen,
     "Reference matrices M_k, the mean of the prior: identity, zero, or an HDF5 file with W1, W2, ..."},

    {"prior", "kind", word, "gaussian", frozen, "Law of the weights before the data", {"gaussian", "flat"}},
    {"prior", "scale", reals, "1", frozen, "gaussian: standard deviation per weight", {}, positive, Entries::one_or_per_layer},
    {"prior", "radius", reals, "", frozen,
     "alpha_k: weights further than alpha_k ||M_k|| from M_k (spectral norms) have no mass", {}, positive,
     Entries::one_or_per_layer},

    {"temperature", "a", reals, "2e-6,1e-6", frozen,
     "a_k in units of the mean loss: the price of information in layers 1..k; the last one positive", {}, not_negative,
     Entries::per_layer},

    {"ladder", "rungs", integer, "1", frozen,
     "Replicas in a ladder; rung 0 is the prior end, the last rung the target. auto: warm-up chooses, about twice the barrier, at most 64",
     {"auto"}, at_least_one},
    {"ladder", "betas", reals, "", frozen, "Inverse scales of the rungs, ascending and ending at 1: a fixed ladder", {},
     closed_unit},
    {"ladder", "table", text, "", frozen,
     "File with the temperatures a_1..a_d of a rung on each line, hottest first (`prior`: exact prior draws), the last the target's: a fixed ladder of any shape"},
    {"ladder", "adapt", flag, "true", frozen, "Respace the ladder to equal rejection in the rounds of the warm-up"},
    {"ladder", "min-beta", real, "1e-3", frozen, "Least positive beta of the ladder that warm-up starts from", {}, inside_unit},
    {"ladder", "ladders", integer, "1", frozen, "Independent copies of the ladder (chains of the output)", {}, at_least_one},
    {"ladder", "rounds", integer, "auto", frozen, "Rounds of adaptation in the warm-up", {"auto"}, at_least_one},
    {"ladder", "swap-every", integer, "1", frozen, "Sweeps between exchanges", {}, at_least_one},

    {"kernel", "estimator", word, "paper", frozen,
     "How the free energy of the deeper layers enters an outer move", {"paper", "bridge", "annealed", "collapsed"}},
    {"kernel", "proposal", words, "full", frozen,
     "What is proposed: a whole layer or one unit's row at a time, by a Gaussian step or by a prior-reversible one; mala: the last "
     "layer along its slope (alone: with full before it); hmc: Hamiltonian trajectories of each layer, at a single temperature",
     {"full", "unit", "pcn", "unit-pcn", "mala", "hmc"}, {}, Entries::one_or_per_layer},
    {"kernel", "precondition", word, "none", frozen,
     "pcn, unit-pcn, hmc: steps of layer 1 alike in all directions, or longer along those in which the training inputs vary less",
     {"none", "inputs"}},
    {"kernel", "step", reals, "1e-3,5e-4", frozen,
     "Standard deviation of a proposal (pcn, hmc: relative to the prior's, at most 1)", {}, positive, Entries::one_or_per_layer},
    {"kernel", "inner-steps", integer, "10", frozen,
     "Moves of the deeper layers per outer move, with unit per row (bridge: switching steps; annealed: particles times schedule; hmc: trajectories, at least one)",
     {}, not_negative},
    {"kernel", "particles", integer, "1", frozen, "annealed: number of particles", {}, at_least_one},
    {"kernel", "leapfrog", integer, "5", frozen, "hmc: steps of a trajectory, each of one slope; together they turn by a right angle", {}, at_least_one},
    {"kernel", "round-trip", flag, "false", frozen, "bridge: switch back as well, at twice the work"},
    {"kernel", "adapt-steps", flag, "true", frozen, "Tune the steps during warm-up"},
    {"kernel", "target-acceptance", real, "auto", frozen,
     "Acceptance that steps are tuned for. auto: 1/4, of mala .574, of hmc .7; refusals are cheap (run.early-refusal): .15 is faster by units at cold temperatures",
     {"auto"}, inside_unit},

    {"run", "sweeps", integer, "1000", extendable,
     "Sweeps after warm-up; one is one outer proposal of layer 1 (unit: one pass over its rows) for every replica", {},
     at_least_one},
    {"run", "warmup", integer, "0", frozen, "Sweeps before them, in which steps and ladder adapt", {}, not_negative},
    {"run", "thin", integer, "1", frozen, "Sweeps between stored scalars", {}, at_least_one},
    {"run", "thin-weights", integer, "auto", frozen,
     "Sweeps between stored weights, a multiple of thin; auto: about 1,000 of them", {"auto"}, at_least_one},
    {"run", "seed", integer, "1", frozen, "Seed of all randomness but the teacher's", {}, not_negative},
    {"run", "precision", word, "float", frozen, "Arithmetic of weights and activations", {"float", "double"}},
    {"run", "start", text, "reference", frozen,
     "Where replicas start: reference, prior, or an HDF5 file with W1, W2, ..."},
    {"run", "early-refusal", flag, "true", free,
     "Stop evaluating a proposal once it is certain to be refused: faster, the same results"},

    {"bounds", "delta", real, "0.05", frozen, "Failure probability of the bounds", {}, inside_unit},
    {"bounds", "radius", real, "auto", frozen,
     "R, the largest l2 norm an input may have, fixed before seeing the data; auto: for images, sqrt(pixels) times the largest pixel",
     {"auto"}, positive},
    {"bounds", "inner-rungs", integer, "20", frozen,
     "bridge, several temperatures: levels of the inner ladder that measures D_k every run.thin-weights sweeps; 0: none", {}, not_negative},

    {"certify", "chains", integer, "1", frozen, "Certifying chains; --chains overrides it", {}, at_least_one},
    {"certify", "rungs", integer, "200", frozen, "Rungs of the annealing ladder, the prior end included", {}, Limits{.low = 3}},
    {"certify", "min-beta", real, "1e-3", frozen, "Its least positive beta; it is geometric from there to 1", {}, inside_unit},
    {"certify", "betas", reals, "", frozen, "The ladder itself, from 0 to 1, in place of these two", {}, closed_unit},
    {"certify", "moves", integer, "1", frozen, "Sweeps of a certifying chain at each rung", {}, not_negative},
    {"certify", "pilots", integer, "1", frozen, "Pilot chains, which tune the steps of every rung and are then set aside", {}, at_least_one},
    {"certify", "pilot-moves", integer, "1", frozen, "Sweeps of a pilot at each rung", {}, not_negative},
    {"certify", "stop", word, "pilot", frozen,
     "Where the certifying chains stop: at the rung where the pilots' bound is best, or at beta = 1", {"pilot", "last"}},
    {"certify", "seed", integer, "1", frozen, "Seed of pilots and certifying chains", {}, not_negative},
    {"certify", "delta", real, "0.035", frozen, "Failure probability of the certificate, for all configurations tried together", {}, inside_unit},
    {"certify", "configurations-tried", integer, "1", frozen,
     "Priors, networks, losses and runs of certifying chains compared on these training data; each is certified at delta over this", {}, at_least_one},

    {"output", "checkpoint-minutes", real, "5", extendable, "Minutes between commits", {}, positive},
    {"output", "checkpoint-sweeps", integer, "0", extendable, "Commit after every so many sweeps, too; 0: by time alone", {},
     not_negative},
    {"output", "weights", flag, "true", frozen, "Store draws of the weights"},
    {"output", "progress", word, "auto", free,
     "auto: one updating line on a terminal, else a line a minute", {"auto", "line", "lines", "none"}},
};
// clang-format on

}  // namespace

std::span<const Key> all_keys() { return table; }

}  // namespace echelon
