#pragma once

#include <string>
#include <string_view>

#include "input_file.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// The file formats that are read.
enum class FileKind {
  sav,  ///< SPSS, compressed or not (.sav, .zsav)
  dta,  ///< Stata
  xpt,  ///< SAS transport (XPORT)
};

[[nodiscard]] std::string_view name_of(FileKind kind) noexcept;

/// The format that the file's name and its first bytes agree on.
/// @throws Error(read) if the name's ending is none that is read, or if the bytes are something else.
[[nodiscard]] FileKind kind_of(InputFile& file);

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
