#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "irosurvey/core/export.hpp"
#include "irosurvey/core/index.hpp"

namespace irosurvey {
inline namespace v1 {
namespace study {

/// A decimal number exactly as printed: `digits` ÷ 10^`places`. Whether a count rounds to a printed
/// figure is decided in whole numbers, so that 14.5 % of 200 is no matter of floating point.
struct Decimal {
  Index digits = 0;
  int places = 0;

  [[nodiscard]] IROSURVEY_EXPORT double value() const noexcept;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

/// How a figure was published.
enum class FindingKind {
  count,    ///< a number of respondents or cases
  percent,  ///< a percentage, printed as a number
  mean,     ///< an average, printed as a number
  phrase,   ///< words: "nearly a third"
};

/// Where the low and high of a finding come from.
enum class BoundsKind {
  exact,     ///< the figure itself
  rounding,  ///< half a unit of the last printed digit either way; both ends count, whichever way halves
             ///< were rounded
  words,     ///< the words say them: "between a fifth and a quarter"; both ends count
  above,     ///< the words say "more than": the low end itself doesn't count
  below,     ///< the words say "less than": the high end itself doesn't count
  ours,      ///< our reading of the words; both ends count
};

/// Its name, as arguments take it and results write it.
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(FindingKind kind) noexcept;
[[nodiscard]] IROSURVEY_EXPORT std::string_view name_of(BoundsKind kind) noexcept;

/// The values that agree with a published figure, in its own units (per cent, for shares).
struct Bounds {
  Decimal low;
  Decimal high;
  BoundsKind kind = BoundsKind::exact;

  /// Whether `value`, in the units of the bounds, agrees; for numbers that aren't counts.
  [[nodiscard]] IROSURVEY_EXPORT bool hold(double value) const noexcept;
};

/// One published figure.
struct Finding {
  std::string id;
  std::string study;
  Index year = 0;
  std::string group;          ///< whom it is about
  std::optional<Index> base;  ///< only where it is printed
  std::string wording;        ///< what was found, paraphrased
  FindingKind kind = FindingKind::percent;
  std::string printed;           ///< as the source has it: "nearly half (46%)"
  std::optional<Decimal> value;  ///< the number, where one is printed or said
  Bounds bounds;
  std::string source;
  std::string locator;
  std::string note;
};

/// Reads `findings.csv`: one row a finding, RFC 4180, with the header
/// `id,study,year,group,base,finding,kind,printed,value,low,high,bounds,source,locator,note`.
/// @throws Error(read) that names file, line and column.
[[nodiscard]] IROSURVEY_EXPORT std::vector<Finding> read_findings(const std::filesystem::path& path);

/// A local authority of 2013 with its region, as `authorities.csv` lists them.
struct Authority {
  std::string code;
  std::string name;
  std::string region_code;
  std::string region;
  std::string type;
};

/// Reads `authorities.csv`, with the header `code,name,region_code,region,type`.
/// @throws Error(read) that names file, line and column.
[[nodiscard]] IROSURVEY_EXPORT std::vector<Authority> read_authorities(const std::filesystem::path& path);

}  // namespace study
}  // namespace v1
}  // namespace irosurvey
