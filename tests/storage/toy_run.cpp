// The toy run as a program, for tests that kill it, starve it or read its files:
//   toy_run advance DIR SWEEPS INTERVAL   begins or resumes; exit codes like echelon's
//   toy_run hash DIR                      prints one hash over all that is committed
//   toy_run verify DIR                    prints findings; 65 when anything is damaged
//   toy_run settle DIR [SWEEPS INTERVAL]  all three: verifies, goes on to the sweeps, prints the
//   hash toy_run export DIR FILE
#include <fmt/format.h>

#include <string>
#include <vector>

#include "echelon/storage/export.hpp"
#include "echelon/storage/verify.hpp"
#include "storage/toy.hpp"
#include "storage/toy_hash.hpp"

namespace {

using namespace echelon;

void say(const std::string& text) { fmt::print(stderr, "toy_run: {}\n", text); }

/// A commit that fails is tried again after the next sweep, three times; then the run gives up.
int advance(const std::string& path, std::int64_t sweeps, std::int64_t interval) {
  RunDirectory directory(path, toy::description(), say);
  toy::Run run = toy::Run::from(directory.resumed());
  const int failures = toy::advance(directory, run, sweeps, interval);
  require(failures < 3, ExitCode::io, "commits keep failing");
  return 0;
}

int verify(const std::string& path) {
  bool damaged = false;
  for (const auto& finding : verify_run(path)) {
    fmt::print("{} {}: {}\n", static_cast<int>(finding.verdict), finding.file, finding.what);
    damaged |= finding.verdict == Verdict::damaged;
  }
  return static_cast<int>(damaged ? ExitCode::data : ExitCode::done);
}

int hash(const std::string& path) {
  fmt::print("{}\n", toy::content_hash(path));
  return 0;
}

/// What tests ask after every crash, in one process: starting one takes longer than the work.
int settle(const std::vector<std::string>& words) {
  if (const int damaged = verify(words[1])) return damaged;
  if (words.size() > 2) advance(words[1], std::stoll(words.at(2)), std::stoll(words.at(3)));
  return hash(words[1]);
}

int dispatch(const std::vector<std::string>& words) {
  require(words.size() >= 2, ExitCode::usage,
          "advance | hash | verify | settle | export, and a directory");
  if (words[0] == "advance")
    return advance(words[1], std::stoll(words.at(2)), std::stoll(words.at(3)));
  if (words[0] == "verify") return verify(words[1]);
  if (words[0] == "hash") return hash(words[1]);
  if (words[0] == "settle") return settle(words);
  const fs::path run = words[1];
  if (words[0] == "export") export_runs(std::span(&run, 1), words.at(2));
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return dispatch({words + 1, words + count});
  } catch (const Error& error) {
    say(error.what());
    return static_cast<int>(error.code());
  }
}
