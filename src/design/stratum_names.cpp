#include "design/stratum_names.hpp"

#include "design/coding.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {

StratumNames::StratumNames(const Frame& frame, const DesignSpec& spec, const Layout& layout)
    : frame_(frame), stages_(stages_of(spec)), layout_(layout) {}

const Factor& StratumNames::labels(const std::string& column) {
  std::shared_ptr<const Factor>& known = labels_[column];
  if (!known) known = shared_factor(frame_.column(column), LevelRule::observed);
  return *known;
}

std::string StratumNames::operator()(Index stage, Index stratum) {
  const StageLayout& runs = layout_.stages[static_cast<std::size_t>(stage)];
  const Index row = layout_.row(layout_.first_position(stage, runs.stratum_begin[static_cast<std::size_t>(stratum)]));
  std::string name;
  const auto add = [&](const std::string& column) {
    if (column.empty()) return;
    const Factor& values = labels(column);
    const auto code = static_cast<std::size_t>(values.codes[static_cast<std::size_t>(row)]);
    name += (name.empty() ? "" : ", ") + column + " = " + to_text(values.levels[code]);
  };
  for (Index s = 0; s < stage; ++s) {
    add(stages_[static_cast<std::size_t>(s)].strata);
    add(stages_[static_cast<std::size_t>(s)].clusters);
  }
  add(stages_[static_cast<std::size_t>(stage)].strata);
  return name.empty() ? "(the whole sample)" : name;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
