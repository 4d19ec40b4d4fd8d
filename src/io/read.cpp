#include "irosurvey/io/read.hpp"

#include <readstat.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "dta_frame.hpp"
#include "failure.hpp"
#include "file_kind.hpp"
#include "input_file.hpp"
#include "readstat_reader.hpp"
#include "text_decoder.hpp"
#include "xpt_layout.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {
namespace {

// ── ReadStat's callbacks, all of them into one reader ──────────────────────────────────────────────────────────────────

ReadStatReader& reader_of(void* context) { return *static_cast<ReadStatReader*>(context); }

std::string_view text_or_empty(const char* text) { return text != nullptr ? text : ""; }

double number_of(readstat_value_t value) {
  switch (readstat_value_type(value)) {
    case READSTAT_TYPE_INT8: return value.v.i8_value;  // the accessor gives a char, which has no sign on some machines
    case READSTAT_TYPE_INT16: return readstat_int16_value(value);
    case READSTAT_TYPE_INT32: return readstat_int32_value(value);
    case READSTAT_TYPE_FLOAT: return static_cast<double>(readstat_float_value(value));
    default: return readstat_double_value(value);
  }
}

FoundValue found(readstat_value_t value) {
  if (readstat_value_type_class(value) == READSTAT_TYPE_CLASS_STRING) {
    return {.is_text = true, .text = readstat_string_value(value)};
  }
  const bool is_tagged = readstat_value_is_tagged_missing(value) != 0;
  return {.number = number_of(value),
          .is_missing = is_tagged || readstat_value_is_system_missing(value) != 0,
          .tag = is_tagged ? readstat_value_tag(value) : char{0}};
}

Packing packing_of(readstat_metadata_t* metadata) {
  switch (readstat_get_compression(metadata)) {
    case READSTAT_COMPRESS_ROWS: return Packing::by_row;
    case READSTAT_COMPRESS_BINARY: return Packing::deflated;
    default: return Packing::none;
  }
}

int handle_metadata(readstat_metadata_t* metadata, void* context) {
  ReadStatReader& reader = reader_of(context);
  const bool went_well = reader.keeping([&] {
    const Index rows = metadata->row_count;
    reader.on_metadata({.rows = rows >= 0 ? std::optional(rows) : std::nullopt,
                        .variables = metadata->var_count,
                        .label = text_or_empty(readstat_get_file_label(metadata)),
                        .encoding = text_or_empty(readstat_get_file_encoding(metadata)),
                        .version = metadata->file_format_version,
                        .packing = packing_of(metadata)});
  });
  return went_well ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

Measure measure_of(readstat_measure_t measure) {
  switch (measure) {
    case READSTAT_MEASURE_NOMINAL: return Measure::nominal;
    case READSTAT_MEASURE_ORDINAL: return Measure::ordinal;
    case READSTAT_MEASURE_SCALE: return Measure::scale;
    default: return Measure::unknown;  // the number stands in the file, and may be any
  }
}

int handle_variable(int index, readstat_variable_t* variable, const char* label_set, void* context) {
  ReadStatReader& reader = reader_of(context);
  bool wanted = false;
  const bool went_well = reader.keeping([&] {
    FoundVariable seen{.name = text_or_empty(readstat_variable_get_name(variable)),
                       .label = text_or_empty(readstat_variable_get_label(variable)),
                       .format = text_or_empty(readstat_variable_get_format(variable)),
                       .label_set = text_or_empty(label_set),
                       .is_text = readstat_variable_get_type_class(variable) == READSTAT_TYPE_CLASS_STRING,
                       .measure = measure_of(readstat_variable_get_measure(variable)),
                       .user_missing = {}};
    for (int i = 0; i < readstat_variable_get_missing_ranges_count(variable); ++i) {
      seen.user_missing.emplace_back(found(readstat_variable_get_missing_range_lo(variable, i)),
                                     found(readstat_variable_get_missing_range_hi(variable, i)));
    }
    wanted = reader.on_variable(static_cast<std::size_t>(index), seen);
  });
  if (!went_well) return READSTAT_HANDLER_ABORT;
  return wanted ? READSTAT_HANDLER_OK : READSTAT_HANDLER_SKIP_VARIABLE;
}

int handle_weights(readstat_variable_t* variable, void* context) {
  const auto index = static_cast<std::size_t>(readstat_variable_get_index(variable));
  ReadStatReader& reader = reader_of(context);
  return reader.keeping([&] { reader.on_weights(index); }) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

int handle_value(int /*row*/, readstat_variable_t* variable, readstat_value_t value, void* context) {
  ReadStatReader& reader = reader_of(context);
  const auto index = static_cast<std::size_t>(readstat_variable_get_index(variable));
  return reader.keeping([&] { reader.on_value(index, found(value)); }) ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

int handle_value_label(const char* set, readstat_value_t value, const char* label, void* context) {
  ReadStatReader& reader = reader_of(context);
  const bool went_well =
      reader.keeping([&] { reader.on_value_label(text_or_empty(set), found(value), text_or_empty(label)); });
  return went_well ? READSTAT_HANDLER_OK : READSTAT_HANDLER_ABORT;
}

void handle_message(const char* message, void* context) {
  ReadStatReader& reader = reader_of(context);
  reader.keeping([&] { reader.on_message(text_or_empty(message)); });
}

// ── ReadStat's view of the file ────────────────────────────────────────────────────────────────────────────────────────

int open_file(const char* /*path*/, void* /*file*/) { return 0; }
int close_file(void* /*file*/) { return 0; }

readstat_off_t seek_file(readstat_off_t offset, readstat_io_flags_t whence, void* context) {
  auto& file = *static_cast<InputFile*>(context);
  Index place = offset;
  if (whence == READSTAT_SEEK_CUR) place += file.position();
  if (whence == READSTAT_SEEK_END) place += file.size();
  return file.seek(place) ? place : -1;
}

// At the end ReadStat wants to hear 0: it compares what was read without sign, and would take −1 for plenty.
ssize_t read_file(void* bytes, std::size_t count, void* context) {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  auto& file = *static_cast<InputFile*>(context);
  return file.read(bytes, static_cast<Index>(std::min(count, kMost)));
}

readstat_error_t report_progress(long /*size*/, readstat_progress_handler /*handler*/, void* /*user*/, void* /*file*/) {
  return READSTAT_OK;
}

struct FreeParser {
  void operator()(readstat_parser_t* parser) const noexcept { readstat_parser_free(parser); }
};
using Parser = std::unique_ptr<readstat_parser_t, FreeParser>;

Parser make_parser(InputFile& file, const std::string& encoding) {
  Parser parser(readstat_parser_init());
  if (!parser) throw std::bad_alloc();
  readstat_set_open_handler(parser.get(), open_file);
  readstat_set_close_handler(parser.get(), close_file);
  readstat_set_seek_handler(parser.get(), seek_file);
  readstat_set_read_handler(parser.get(), read_file);
  readstat_set_update_handler(parser.get(), report_progress);
  readstat_set_io_ctx(parser.get(), &file);
  // Text comes as it stands in the file: TextDecoder says why.
  readstat_set_handler_character_encoding(parser.get(), nullptr);
  if (!encoding.empty()) readstat_set_file_character_encoding(parser.get(), encoding.c_str());
  return parser;
}

/// Lets a ReadStatReader, which is then the parser's context, hear everything.
void listen(readstat_parser_t* parser) {
  readstat_set_metadata_handler(parser, handle_metadata);
  readstat_set_variable_handler(parser, handle_variable);
  readstat_set_fweight_handler(parser, handle_weights);
  readstat_set_value_handler(parser, handle_value);
  readstat_set_value_label_handler(parser, handle_value_label);
  readstat_set_error_handler(parser, handle_message);
}

readstat_error_t parse(readstat_parser_t* parser, FileKind kind, const std::string& path, ReadStatReader& reader) {
  switch (kind) {
    case FileKind::sav: return readstat_parse_sav(parser, path.c_str(), &reader);
    case FileKind::dta: return readstat_parse_dta(parser, path.c_str(), &reader);
    case FileKind::xpt: return readstat_parse_xport(parser, path.c_str(), &reader);
  }
  return READSTAT_ERROR_UNSUPPORTED_FILE_FORMAT_VERSION;
}

// ── What went wrong ────────────────────────────────────────────────────────────────────────────────────────────────────

std::string rows_text(Index rows) { return std::to_string(rows) + (rows == 1 ? " row" : " rows"); }

[[noreturn]] void fail_truncated(const InputFile& file, const ReadStatReader& reader) {
  const auto promised = reader.promised_rows();
  throw read_error(file.path(), {.expected = promised ? rows_text(*promised) + ", as its head says" : "a whole file",
                                 .found = "the end of the file at byte " + std::to_string(file.size()) + " after " +
                                          rows_text(reader.rows()),
                                 .remedy = kCopyAgain,
                                 .row = reader.rows()});
}

std::string meaning_of(readstat_error_t status) {
  switch (status) {
    case READSTAT_ERROR_PARSE: return "something that doesn't belong there";
    case READSTAT_ERROR_MALLOC: return "a length that nothing in such a file has";
    case READSTAT_ERROR_UNSUPPORTED_COMPRESSION: return "an unknown compression";
    case READSTAT_ERROR_UNSUPPORTED_CHARSET: return "an unknown encoding of text";
    case READSTAT_ERROR_UNSUPPORTED_FILE_FORMAT_VERSION: return "an unknown version of the format";
    case READSTAT_ERROR_CONVERT: return "a number that can't be converted";
    case READSTAT_ERROR_CONVERT_LONG_STRING: return "a text longer than it may be";
    default: return readstat_error_message(status);
  }
}

[[noreturn]] void fail(const InputFile& file, FileKind kind, const ReadStatReader& reader, readstat_error_t status) {
  const bool cut = status == READSTAT_ERROR_READ || status == READSTAT_ERROR_SEEK ||
                   status == READSTAT_ERROR_ROW_COUNT_MISMATCH || file.went_past_end();
  if (cut) fail_truncated(file, reader);
  std::string found = meaning_of(status) + " before byte " + std::to_string(file.position());
  if (!reader.message().empty()) found += " (" + reader.message() + ")";
  throw read_error(file.path(), {.expected = std::string(name_of(kind)) + " in good order",
                                 .found = std::move(found),
                                 .remedy = kCopyAgain,
                                 .row = reader.rows() > 0 ? std::optional(reader.rows()) : std::nullopt});
}

// Where the head doesn't say how many rows there are, ReadStat takes a row that breaks off for none.
void require_whole_rows(const InputFile& file, const ReadStatReader& reader) {
  const Reading last = file.last();
  if (reader.packing() == Packing::none && last.got > 0 && last.got < last.asked) fail_truncated(file, reader);
}

// ReadStat takes rows at the end that are all blank for padding, where a version 5 file leaves it open.
void settle_rows(const XptLayout& layout, ReadStatReader& reader) {
  if (layout.rows) {
    reader.promise_rows(*layout.rows);
  } else {
    reader.pad_to(layout.least_rows);
  }
}

void require_distinct(const std::vector<std::string>& columns) {
  for (auto name = columns.begin(); name != columns.end(); ++name) {
    if (std::find(columns.begin(), name, *name) == name) continue;
    throw Error(ErrorCode::argument, {.subject = "columns to read",
                                      .row = {},
                                      .expected = "different names",
                                      .found = "'" + *name + "' twice",
                                      .remedy = {},
                                      .candidates = {}});
  }
}

// ── Multiple-response sets ─────────────────────────────────────────────────────────────────────────────────────────────

/// What a file says of its sets, in its own encoding.
struct FoundSets {
  bool known = true;       ///< whether this ReadStat knows such sets
  bool malformed = false;  ///< whether it passed over a record of sets
  std::string encoding;
  std::vector<ResponseSet> sets;
};

/// A template, so that a ReadStat without such sets compiles: the names are looked up for its own type of metadata.
template <class Metadata>
void take_sets(Metadata* metadata, FoundSets& found) {
  if constexpr (requires { readstat_get_multiple_response_sets(metadata); }) {
    const auto* sets = readstat_get_multiple_response_sets(metadata);
    for (std::size_t i = 0; i < readstat_get_multiple_response_sets_length(metadata); ++i) {
      ResponseSet& set = found.sets.emplace_back();
      set.name = text_or_empty(sets[i].name);
      set.label = text_or_empty(sets[i].label);
      for (int k = 0; k < sets[i].num_subvars; ++k) set.columns.emplace_back(text_or_empty(sets[i].subvariables[k]));
      if (sets[i].is_dichotomy != 0) set.counted = text_or_empty(sets[i].counted_string);
    }
  } else {
    found.known = false;
  }
}

// The sets come with the head: rows needn't be looked at.
int handle_sets(readstat_metadata_t* metadata, void* context) {
  auto& found = *static_cast<FoundSets*>(context);
  try {
    found.encoding = text_or_empty(readstat_get_file_encoding(metadata));
    take_sets(metadata, found);
  } catch (const std::bad_alloc&) {
    found.sets.clear();
  }
  return READSTAT_HANDLER_ABORT;
}

// A record of sets that can't be read is told in words, and passed over.
void handle_sets_message(const char* message, void* context) {
  if (text_or_empty(message).find("multiple response") == std::string_view::npos) return;
  static_cast<FoundSets*>(context)->malformed = true;
}

void decode(const InputFile& file, TextDecoder& decoder, std::string& text) {
  const auto decoded = decoder.decode(text);
  if (!decoded) {
    throw read_error(file.path(), {.expected = "text in " + decoder.encoding(),
                                   .found = "bytes that aren't, in a multiple-response set",
                                   .remedy = kNameEncoding});
  }
  text = std::string(*decoded);
}

TextDecoder decoder_of(const InputFile& file, const std::string& encoding) {
  try {
    return TextDecoder(encoding.empty() ? "UTF-8" : encoding);
  } catch (const std::invalid_argument&) {
    throw read_error(file.path(), {.expected = "text in an encoding that this machine knows",
                                   .found = "'" + encoding + "'",
                                   .remedy = kNameEncoding});
  }
}

}  // namespace

std::vector<ResponseSet> response_sets(const std::filesystem::path& path, const std::string& encoding) {
  InputFile file(path);
  if (kind_of(file) != FileKind::sav) return {};
  file.restart();
  FoundSets found;
  const Parser parser = make_parser(file, encoding);
  readstat_set_metadata_handler(parser.get(), handle_sets);
  readstat_set_error_handler(parser.get(), handle_sets_message);
  const readstat_error_t status = readstat_parse_sav(parser.get(), path.string().c_str(), &found);
  if (status != READSTAT_ERROR_USER_ABORT && status != READSTAT_OK) {
    throw read_error(file.path(), {.expected = std::string(name_of(FileKind::sav)) + " in good order",
                                   .found = meaning_of(status) + " before byte " + std::to_string(file.position()),
                                   .remedy = kCopyAgain});
  }
  if (found.malformed) {
    throw read_error(file.path(), {.expected = "definitions of multiple-response sets",
                                   .found = "something else in their record",
                                   .remedy = "Name the columns and the counted value."});
  }
  if (!found.known) {
    throw read_error(file.path(), {.expected = "a ReadStat that knows multiple-response sets",
                                   .found = "the system's, which doesn't",
                                   .remedy = "Name the columns and the counted value."});
  }
  TextDecoder decoder = decoder_of(file, encoding.empty() ? found.encoding : encoding);
  for (ResponseSet& set : found.sets) {
    decode(file, decoder, set.name);
    decode(file, decoder, set.label);
    for (std::string& column : set.columns) decode(file, decoder, column);
    if (set.counted) decode(file, decoder, *set.counted);
  }
  return std::move(found.sets);
}

Frame read(const std::filesystem::path& path, const ReadOptions& options) {
  require_distinct(options.columns);
  InputFile file(path);
  const FileKind kind = kind_of(file);
  XptLayout layout;
  if (kind == FileKind::dta) require_whole_dta(file);
  if (kind == FileKind::xpt) layout = xpt_layout(file);
  file.restart();

  ReadStatReader reader(file, kind, options);
  const Parser parser = make_parser(file, options.encoding);
  listen(parser.get());
  const readstat_error_t status = parse(parser.get(), kind, path.string(), reader);
  reader.rethrow();
  if (status != READSTAT_OK) fail(file, kind, reader, status);
  if (kind == FileKind::sav) require_whole_rows(file, reader);
  if (kind == FileKind::dta) require_all_dta_labels(file);
  if (kind == FileKind::xpt) settle_rows(layout, reader);
  return reader.finish();
}

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
