#pragma once

#include <span>
#include <string>

#include "echelon/app/config.hpp"
#include "echelon/core/archive.hpp"
#include "echelon/storage/run_view.hpp"

namespace echelon {

/// How works and errors become a certificate.
struct CertificateTerms {
  double samples = 0;
  double failure_probability = 0;  ///< certify.delta over the configurations tried
  double loss_range = 0;           ///< infinite where the loss has no bound
};
CertificateTerms certificate_terms(const Config& config, double training_samples);

/// The bound on the 0-1 risk; 1 when an error is not known.
double certified_error(const CertificateTerms& terms, std::span<const double> works,
                       std::span<const double> errors);

/// The row of /certificate, from every chain's work and statistics.
Archive certificate_row(const CertificateTerms& terms, std::span<const double> works,
                        std::span<const Archive> statistics);

/// The certificate of a directory, for people; and whether it holds one.
bool holds_certificate(const RunView& run);
std::string certificate_text(const RunView& run);
std::string certificate_json(const RunView& run);

}  // namespace echelon
