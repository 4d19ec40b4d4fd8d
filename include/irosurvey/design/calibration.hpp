#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"
#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// How weights w become weights w g that meet known totals, Σ w g x = T.
///
/// The last three choose the g nearest to 1 by a distance (Deville and Särndal 1992, table 1): g = F(x′λ).
enum class CalibrationMethod {
  poststratify,  ///< one categorical margin: g = T / Σ w within each level
  rake,          ///< categorical margins in turn, again and again, until all are met (Deming and Stephan 1940)
  linear,        ///< F(u) = 1 + u: the generalized regression estimator; g may be negative unless it is bounded
  raking,        ///< F(u) = exp u: never negative; without bounds what `rake` tends to
  logit,         ///< between bounds: F(u) = (L(U−1) + U(1−L) e^{Au}) / (U−1 + (1−L) e^{Au}), A = (U−L)/((1−L)(U−1))
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(CalibrationMethod method) noexcept;
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT CalibrationMethod calibration_method(std::string_view name);

/// The total of one level of a categorical margin, or of one combination of levels of several variables.
struct MarginTarget {
  std::vector<LevelValue> levels;  ///< one for each variable of the margin
  double total = 0.0;
};

/// What a calibration must meet about some variables.
struct Margin {
  std::vector<std::string> variables{};  ///< none: the margin is the sum of weights
  std::vector<MarginTarget> targets{};   ///< a categorical margin: every level in the sample needs its total
  std::optional<double> total{};         ///< instead: the total of one column of numbers (or the sum of weights)
};

/// What `Calibration::bounds` keep within limits.
enum class BoundsOn {
  ratio,   ///< new weight ÷ old weight
  weight,  ///< the new weight itself
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(BoundsOn bounds) noexcept;
[[nodiscard]] IROSURVEY_EXPORT BoundsOn bounds_on(std::string_view name);

/// Weights of the regressions whose residuals carry a calibrated estimate's variance.
enum class ResidualWeights {
  initial,     ///< those before the adjustment (default; R)
  calibrated,  ///< those after it
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ResidualWeights weights) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ResidualWeights residual_weights(std::string_view name);

/// In which order several adjustments take their parts out of a variable. One adjustment alone knows no difference.
enum class ResidualOrder {
  as_made,     ///< first adjustment first (default; R)
  last_first,  ///< last adjustment first: the derivative of the estimator; its totals of the last margins have SE 0
};

/// Choices by their names, and names of choices.
/// @throws Error(argument) that lists the names.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(ResidualOrder order) noexcept;
[[nodiscard]] IROSURVEY_EXPORT ResidualOrder residual_order(std::string_view name);

/// Adjusts weights to known totals.
struct Calibration {
  CalibrationMethod method = CalibrationMethod::linear;
  std::vector<Margin> margins{};
  std::optional<std::pair<double, double>> bounds{};  ///< low, high: logit needs them, the others are cut there
  BoundsOn bounds_on = BoundsOn::ratio;
  /// Low and high of the new weight. `rake` cuts to them, and to `bounds`, after every full cycle, and goes on until margins
  /// and limits are both met, or until weights settle short of the margins, which the report notes. After the other
  /// methods the weights are cut and what was cut is shared out, as by Trimming{strict}.
  std::optional<std::pair<double, double>> trim{};
  bool shares = false;                 ///< targets of categorical margins are shares, scaled to sum to `population`
  std::optional<double> population{};  ///< absent: the current sum of weights
  std::string equal_within{};  ///< column of clusters whose rows all get the same ratio (Lemaître and Dufour 1987)
  double tolerance = 1e-10;    ///< greatest relative misfit of a target
  std::optional<int> max_iterations{};  ///< absent: 1000 cycles of `rake`, 100 Newton steps
  ResidualWeights residual_weights = ResidualWeights::initial;
  ResidualOrder residual_order = ResidualOrder::as_made;  ///< of several adjustments the last one's choice counts
  bool replicates = true;                                 ///< replicate weights are calibrated too, one by one
};

/// Cuts weights to [low, high] and shares what was cut out evenly among the other rows, so that the sum of weights stays.
struct Trimming {
  double low = 0.0;
  double high = 0.0;
  bool strict = false;  ///< go on until no weight is outside; otherwise the shares may lift some above `high`
  bool replicates = true;
};

/// Direct standardisation: within each group, the weights of the levels of `variable` are given fixed shares of the
/// group's sum of weights (a post-stratification of groups × levels).
struct Standardization {
  std::string variable{};
  std::vector<std::pair<LevelValue, double>> shares{};  ///< scaled to sum to 1
  std::vector<std::string> within{};                    ///< groups; none: the whole sample
  /// One byte a row; rows of 0, and rows that miss `variable` or a group, get weight 0 and keep their unit. Empty: all.
  std::vector<unsigned char> where{};
  bool replicates = true;
};

/// One step by which weights are changed, as the design remembers it.
using Adjustment = std::variant<Calibration, Trimming, Standardization>;

/// What an adjustment of the weights did.
struct AdjustmentReport {
  std::string name;          ///< in words: `rake to sex and region`
  int iterations = 0;        ///< cycles or Newton steps
  double misfit = 0.0;       ///< greatest |achieved − target| ÷ target
  double least_ratio = 1.0;  ///< of new to old weight, over rows of weight other than 0
  double greatest_ratio = 1.0;
  Index trimmed = 0;                 ///< rows whose weight was cut
  std::vector<std::string> notes{};  ///< a plain sentence for each thing worth knowing
};

}  // namespace v1
}  // namespace irosurvey
