#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {

/// Kinds of replicate weights, named as in the analysis specs. The kind gives the default of `scale`, R being the number of
/// replicates: what multiplies Σ (θ_r − c)².
enum class ReplicateType {
  brr,        ///< balanced half-samples: 1/R
  fay,        ///< Fay's variant: 1/(R (1 − ρ)²)
  jk1,        ///< delete-one jackknife, not stratified: (R − 1)/R
  jkn,        ///< stratified delete-one jackknife: 1, with `rscales` (n_h − 1)/n_h
  jk2,        ///< paired jackknife, one replicate for each pair: 1
  bootstrap,  ///< b/(R − 1), b the number of bootstrap samples averaged in each replicate
  sdr,        ///< successive differences: 4/R
  other,      ///< 1
};

/// What deviations of replicates are taken from.
enum class ReplicateCentre {
  estimate,        ///< the estimate from the full weights (default)
  replicate_mean,  ///< the mean over the replicates whose rscale isn't 0
  within_stratum,  ///< the mean over the replicates of the same `replicate_strata`
};

/// What the replicate columns hold.
enum class ReplicateWeights {
  combined,  ///< weights (default)
  factor,    ///< factors by which the full weight is multiplied
};

/// What becomes of a replicate in which a statistic has no value, say because nobody in the group has a weight there.
enum class FailedReplicates {
  fail,     ///< Error(numerical) that names the replicate (default)
  drop,     ///< it is left out of the sum; scale and rscales stay
  rescale,  ///< it is left out, and the sum is multiplied by R ÷ replicates left
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ReplicateType type) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ReplicateType replicate_type(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ReplicateCentre centre) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ReplicateCentre replicate_centre(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ReplicateWeights weights) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ReplicateWeights replicate_weights(std::string_view name);
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(FailedReplicates rule) noexcept;
[[nodiscard]] IROSURVEY_EXPORT FailedReplicates failed_replicates(std::string_view name);

/// Replicate weights that came with the data: variance = scale Σ_r rscale_r (θ_r − c)(θ_r − c)′ (Wolter 2007, chapters 3–5).
struct Replicates {
  ReplicateType type = ReplicateType::other;
  std::vector<std::string> columns{};  ///< names; one with `*` stands for all that match it, in the order of the file
  std::optional<double> fay_rho{};     ///< of `fay` only, at least 0 and below 1
  std::optional<double> scale{};       ///< instead of the type's own: a published scale, say
  std::vector<double> rscales{};       ///< one for each replicate, or one for all; none: 1 each
  int averaged = 1;                    ///< of `bootstrap` only: samples behind each replicate (Stata's bsn)
  ReplicateCentre centre = ReplicateCentre::estimate;
  std::vector<Index> replicate_strata{};  ///< of `within_stratum` only: the stratum of each replicate
  ReplicateWeights weights = ReplicateWeights::combined;
  FailedReplicates failed = FailedReplicates::fail;
  std::optional<double> df{};  ///< absent: rank of the replicate weights minus 1, found when a result needs it
};

/// Replicate weights to be made from the strata and units of a design's first stage: a factor for each unit and replicate.
///
/// With f_h the sampling fraction of a stratum (0: with replacement, or `honour_fpc` is false), n_h its units:
/// - `brr`, `fay`: two units in each stratum, factors 1 ± (1 − ρ)√(1 − f_h) by a Hadamard matrix of order R above the number of
///   strata, whose column of ones no stratum gets (McCarthy 1969; Judkins 1990);
/// - `jk1`, `jkn`: one unit left out, the others of its stratum times n_h/(n_h − 1); rscale (1 − f_h)(n_h − 1)/n_h;
/// - `jk2`: two units in each stratum, one chosen by `seed` left out, the other doubled; rscale 1 − f_h;
/// - `bootstrap`: m_h units drawn with replacement, factors 1 + √(m_h (1 − f_h)/(n_h − 1)) (t n_h/m_h − 1) with t the times that
///   the unit was drawn (Rao, Wu and Yue 1992); m_h = n_h − 1 unless given. Times, for a unit of a later stage,
///   1 + √(F/(2 − F)) √(m (1 − f)/(n − 1)) (t n/m − 1) of its own stratum, m = n − 1, F the product of the sampling fractions
///   above it (Beaumont and Émond 2022);
/// - `sdr`: 1 + √(1 − f_h) (a_r − b_r)/√8 with a, b the rows of a Hadamard matrix that neighbouring units share (Fay and
///   Train 1995; Ash 2014). The order of the rows in the data is the order of the units.
struct ReplicateRequest {
  ReplicateType type = ReplicateType::bootstrap;
  Index replicates = 0;             ///< 0: as many as the method needs; of `bootstrap` it has to be given
  double fay_rho = 0.5;             ///< of `fay`
  std::optional<Index> resample{};  ///< of `bootstrap`: m_h
  std::uint64_t seed = 1;           ///< of `bootstrap` and `jk2`: Philox4x32-10, the same everywhere
  bool honour_fpc = true;
  bool later_stages = true;  ///< of `bootstrap`: units of later stages are drawn too, below units without replacement
  ReplicateCentre centre = ReplicateCentre::estimate;
  FailedReplicates failed = FailedReplicates::fail;
  std::optional<double> df{};  ///< as of Replicates
  int threads = 0;             ///< 0: as many as there are processors. The factors are the same
};

}  // namespace v1
}  // namespace irosurvey
