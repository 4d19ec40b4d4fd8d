#pragma once

#include <Eigen/Core>
#include <string>

#include "irosurvey/inference/test_result.hpp"

namespace irosurvey {
inline namespace v1 {
namespace inference {

/// W = y′V⁻¹y of a numbers: W/a as F(a, ν), or W (ν − a + 1)/(aν) as F(a, ν − a + 1) if adjusted. Where V has no full rank
/// or there are no degrees of freedom left, the statistic is NaN and a choice says why.
[[nodiscard]] TestResult wald_result(std::string method, std::string hypothesis, const Eigen::VectorXd& y,
                                     const Eigen::MatrixXd& covariance, double df, bool adjusted);

}  // namespace inference
}  // namespace v1
}  // namespace irosurvey
