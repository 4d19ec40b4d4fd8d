#include "inference/critical_value.hpp"

#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace irosurvey {
inline namespace v1 {
namespace inference {
namespace {

// A quantile too large for a double is infinite, and says so in the limits; it isn't an exception.
using Policy =
    boost::math::policies::policy<boost::math::policies::overflow_error<boost::math::policies::ignore_error>>;

}  // namespace

double critical_value(double df, ConfidenceLevel level) {
  // The complement keeps the digits of a small tail; 1 − tail would have lost them.
  const double tail = level.tail();
  if (std::isinf(df)) {
    const boost::math::normal_distribution<double, Policy> normal;
    return boost::math::quantile(boost::math::complement(normal, tail));
  }
  const boost::math::students_t_distribution<double, Policy> student(df);
  return boost::math::quantile(boost::math::complement(student, tail));
}

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
