#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "irosurvey/frame/level.hpp"

namespace irosurvey {
inline namespace v1 {

/// Which of some levels is meant: by its value (1 is `true` too), or by the label that it alone has. Each is found in one
/// look-up, however many there are.
class LevelPlaces {
 public:
  explicit LevelPlaces(const std::vector<Level>& levels);

  /// None: -1.
  [[nodiscard]] std::ptrdiff_t operator()(const LevelValue& wanted) const;

 private:
  using ByText = std::unordered_map<std::string, std::ptrdiff_t>;

  std::unordered_map<double, std::ptrdiff_t> numbers_;
  ByText texts_;
  ByText labels_;  ///< -1: several levels have it
};

/// The same for one level alone.
[[nodiscard]] std::ptrdiff_t place_of(const LevelValue& wanted, const std::vector<Level>& levels);

/// The first levels' values as an error lists them: `1, 2, 3, …`.
[[nodiscard]] std::string listed(const std::vector<Level>& levels);

}  // namespace v1
}  // namespace irosurvey
