#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "echelon/core/matrix.hpp"
#include "echelon/parallel/communicator.hpp"

namespace echelon {

/// Samples and what is known of them: labels (classes, from 0) or targets (real outputs), or
/// neither. A split without samples has samples = 0 and empty matrices.
struct Split {
  Matrix<float> inputs;     ///< features x samples, a column is a sample
  std::vector<int> labels;  ///< one per sample, or empty
  Matrix<float> targets;    ///< outputs x samples, or empty
  int samples = 0;
  int features = 0;  ///< with the constant of append_one
};

struct Dataset {
  Split train, test;
  int classes = 0;   ///< labels are below it; 0 when there are targets instead
  std::string hash;  ///< SHA-256 (hex) of every number above, test data included
};

enum class DataSource { teacher, mnist, idx, hdf5 };

/// What a teacher's outputs become: the index of the largest, or themselves.
enum class TeacherTask { classes, values };

/// What an image's inputs are: its pixels, or the strength of its edges in eight directions
/// (src/data/image_features.hpp); both per square of pool x pool pixels, or per window.
enum class ImageContent { pixels, edges };

/// The [data] section of a configuration. Counts of 0 mean all there are.
struct DataOptions {
  DataSource source = DataSource::mnist;
  std::filesystem::path dir;   ///< mnist: folder of the four files, raw or .gz
  std::filesystem::path file;  ///< hdf5
  std::filesystem::path train_images, train_labels, test_images, test_labels;  ///< idx
  int train_count = 0;                          ///< use the first n training samples
  int test_count = 0;                           ///< use the first n test samples
  double pixel_scale = 256;                     ///< mnist, idx: pixels (0..255) are divided by it
  ImageContent content = ImageContent::pixels;  ///< mnist, idx
  int pool = 1;                                 ///< mnist, idx: side of the squares
  int windows = 0;                              ///< mnist, idx: Gaussian ones a side; 0: squares
  int waves = 0;                                ///< mnist, idx: of each map, a side; 0: the map
  bool append_one = false;  ///< adds a last feature that is always 1: biases for layer 1

  std::vector<int> widths;  ///< teacher: inputs, hidden units ..., outputs
  int samples = 0;          ///< teacher: training samples; as many test samples unless test_count
  double noise = 0;         ///< teacher: standard deviation added to each output
  std::uint64_t seed = 1;   ///< teacher
  TeacherTask task = TeacherTask::classes;
};

/// Reads or makes a data set. Every reader checks what a file announces against what it holds
/// before it allocates. Error(no_input) for a missing file, Error(data) for anything wrong in one,
/// naming the file, the field and the two values that disagree; Error(usage) for the options.
///
/// idx, mnist: big-endian IDX files of unsigned bytes, recognised as gzip by content; images of
///   any rank are flattened; mnist has 10 classes, idx as many as the training labels show.
/// hdf5: /train/inputs (samples, features) and either /train/labels (samples) integers or
///   /train/targets (samples, outputs); the same in /test if there is one. NaN and infinity are
///   refused. (A damaged file of the format without metadata checksums may crash HDF5 itself.)
/// teacher: inputs uniform on (-1, 1), so no input is longer than sqrt(features); a network without
///   biases f(x) = W_d tanh(... tanh(W_1 x)), weights normal with mean 0 and standard deviation
///   g_k / sqrt(inputs of the layer): g = 2 for hidden layers, 1 for the last, and sqrt(3) times
///   that in layer 1, whose inputs have variance 1/3. Outputs f(x) + noise * normal. Every sample
///   has its own random stream, so a longer set begins with the shorter one; test samples come
///   from the same teacher.
Dataset load(const DataOptions& options);

/// The same for a job: the first rank of each node reads, the others get everything but the
/// inputs. `node` are the ranks that share this one's memory. Collective over `world`. Error(data)
/// when two nodes read different data.
Dataset load_on_node(const DataOptions& options, const Communicator& world,
                     const Communicator& node);

/// Samples to predict: an IDX file of images, or an HDF5 file with `inputs`, and perhaps `labels`
/// or `targets`, in /test, /train or /, the first that has them. Uses pixel_scale and append_one.
Split load_samples(const std::filesystem::path& file, const DataOptions& options);

}  // namespace echelon
