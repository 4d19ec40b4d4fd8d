#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "design/layout.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

/// Names strata as a person would: `region = North East`, or `authority = E06000001, ward = 3`.
class StratumNames {
 public:
  StratumNames(const Frame& frame, const DesignSpec& spec, const Layout& layout);
  [[nodiscard]] std::string operator()(Index stage, Index stratum);

 private:
  const Factor& labels(const std::string& column);

  const Frame& frame_;
  std::vector<Stage> stages_;
  const Layout& layout_;
  std::map<std::string, std::shared_ptr<const Factor>> labels_;
};

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
