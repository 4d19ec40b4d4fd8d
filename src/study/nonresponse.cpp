#include "irosurvey/study/nonresponse.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {
namespace {

[[noreturn]] void refuse(std::string subject, std::string expected, double found) {
  throw Error(ErrorCode::argument, {.subject = std::move(subject),
                                    .row = {},
                                    .expected = std::move(expected),
                                    .found = std::to_string(found),
                                    .remedy = {},
                                    .candidates = {}});
}

void check_share(const char* subject, double share) {
  if (!(share >= 0.0 && share <= 1.0)) refuse(subject, "a share between 0 and 1", share);
}

void check_response(double response) {
  if (!(response > 0.0 && response <= 1.0)) refuse("share that answered", "above 0 and at most 1", response);
}

double with_others(double share, double response, double others) {
  return response * share + (1.0 - response) * std::clamp(others, 0.0, 1.0);
}

}  // namespace

inference::Interval nonresponse_bounds(double share, double response, double most) {
  return nonresponse_bounds(inference::Interval{share, share}, response, most);
}

inference::Interval nonresponse_bounds(const inference::Interval& share, double response, double most) {
  check_share("share", share.lower);
  check_share("share", share.upper);
  check_response(response);
  check_share("greatest difference", most);
  return {with_others(share.lower, response, share.lower - most),
          with_others(share.upper, response, share.upper + most)};
}

std::optional<double> TippingPoint::smallest() const noexcept {
  if (below && above) return std::min(*below, *above);
  return below ? below : above;
}

TippingPoint tipping_point(double share, double response, const inference::Interval& words) {
  check_share("share", share);
  check_response(response);
  check_share("lower end of the words", words.lower);
  check_share("upper end of the words", words.upper);
  if (words.lower > words.upper) refuse("upper end of the words", "at least the lower end", words.upper);
  TippingPoint point;
  point.fits = words.lower <= share && share <= words.upper;
  if (!point.fits) {
    (share < words.lower ? point.below : point.above) = 0.0;
    return point;
  }
  const double silent = 1.0 - response;
  // The end itself is allowed by the words: it is left only if some q lies beyond.
  if (with_others(share, response, 0.0) < words.lower) point.below = (share - words.lower) / silent;
  if (with_others(share, response, 1.0) > words.upper) point.above = (words.upper - share) / silent;
  return point;
}

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
