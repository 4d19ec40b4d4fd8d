#pragma once

#include "irosurvey/core/export.hpp"
#include "irosurvey/frame/arrow_abi.hpp"
#include "irosurvey/frame/frame.hpp"

namespace irosurvey {
inline namespace v1 {

/// A table that arrives by the Arrow C stream interface, without copying a buffer; the stream is used up and released.
/// Any Arrow type is carried; the engine computes with numbers, booleans and text.
/// @throws Error(read) with the producer's own message if it fails, or if the stream isn't of structs.
[[nodiscard]] IROSURVEY_EXPORT Frame import_stream(ArrowArrayStream* stream);

/// One array that arrives in chunks by the C stream interface, without copying a buffer; the stream is used up and
/// released. Its name is the schema's.
/// @throws Error(read) with the producer's own message if it fails.
[[nodiscard]] IROSURVEY_EXPORT Column import_column(ArrowArrayStream* stream);

/// The frame as a stream of record batches that share its buffers. Labels and user-missing codes travel as field
/// metadata under keys that begin with "irosurvey.", and `import_stream` reads them back.
IROSURVEY_EXPORT void export_stream(const Frame& frame, ArrowArrayStream* out);

/// One column as a stream of arrays (not structs), so that a chunked column stays chunked.
IROSURVEY_EXPORT void export_stream(const Column& column, ArrowArrayStream* out);

}  // namespace v1
}  // namespace irosurvey
