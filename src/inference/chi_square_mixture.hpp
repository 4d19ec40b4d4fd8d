#pragma once

#include <span>

#include "irosurvey/core/export.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// A chi-square variable, over a constant, by which a mixture is divided.
struct Denominator {
  double df;       ///< infinity: there is none
  double divisor;  ///< usually df
};

/// P(Σ λ_i χ²₁ > x · χ²_df / divisor), to about ten digits however small it is; weights λ > 0.
///
/// The moment generating function is inverted along a contour through the saddlepoint (Rice 1980, SIAM J. Sci. Stat. Comput. 1,
/// 438-448): where methods that integrate over the imaginary axis (Imhof 1961; Davies 1980) end with an absolute error, what is integrated
/// here has the size of the answer.
[[nodiscard]] IROSURVEY_EXPORT double mixture_p(double x, std::span<const double> weights, Denominator denominator);

/// The same by the saddlepoint approximation r* = w + log(v/w)/w (Barndorff-Nielsen 1990; Kuonen 1999, Biometrika 86, 929-935).
[[nodiscard]] IROSURVEY_EXPORT double mixture_saddlepoint_p(double x, std::span<const double> weights,
                                                            Denominator denominator);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
