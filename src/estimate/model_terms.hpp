#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "irosurvey/estimate/regression.hpp"
#include "irosurvey/frame/views.hpp"

namespace irosurvey {
inline namespace v1 {
namespace estimation {

/// What a coefficient's column multiplies: a column's number, or whether the column takes a level.
struct ModelPart {
  std::string column;
  std::optional<Level> level{};  ///< present: the indicator
};

/// A column of the model matrix, in words: the product of its parts; none: ones.
struct ModelColumn {
  std::string name;
  std::size_t term = 0;  ///< index into the terms asked for
  std::vector<ModelPart> parts{};
};

/// Levels of a categorical column that the model knows, the reference first told apart.
struct ModelLevels {
  std::vector<Level> levels;  ///< those that occur, in natural order
  std::size_t reference = 0;
};

/// A model matrix in words, the same for every frame.
struct ModelRecipe {
  std::vector<ModelColumn> columns;
  std::map<std::string, ModelLevels> levels;  ///< by column
  std::vector<std::string> empty_levels;      ///< that no row has, as `C(x)[4]`
  [[nodiscard]] int intercept() const;        ///< -1: none
};

/// Codes the terms: a categorical factor by its levels but the reference, or by all of them where nothing else in the model
/// spans what the reference would (no intercept, no margin of an interaction).
/// @param used  rows of the model; empty: all
/// @throws Error(column, argument)
[[nodiscard]] ModelRecipe make_recipe(const Frame& frame, const std::vector<ModelTerm>& terms,
                                      std::span<const std::uint8_t> used);

/// A part of a model column, bound to the rows of a frame; or a constant.
struct BoundPart {
  const double* numbers = nullptr;
  const std::int32_t* codes = nullptr;  ///< where there are no numbers
  std::int32_t level = -1;
  double constant = 1.0;  ///< where there are neither
};

/// A model matrix of a frame: every column as the buffers that it is made from.
struct BoundMatrix {
  std::vector<std::vector<BoundPart>> columns;
  std::vector<Numbers> kept_numbers{};
  std::vector<std::shared_ptr<const Factor>> kept_factors{};

  /// One column of rows; `rows` null: first, first + 1, …
  void fill(std::size_t column, const std::int32_t* rows, Index first, int count, double pivot, double* out) const;
};

[[nodiscard]] bool same_level(const LevelValue& a, const LevelValue& b);

[[nodiscard]] BoundMatrix bind(const ModelRecipe& recipe, const Frame& frame);

/// The rows of a frame of which every column of the model (and these others) is known; null: all of them.
[[nodiscard]] std::shared_ptr<const Presence> known_rows(const Frame& frame, const std::vector<ModelTerm>& terms,
                                                         const std::vector<std::string>& others);

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
