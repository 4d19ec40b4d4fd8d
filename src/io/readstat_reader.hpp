#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "file_kind.hpp"
#include "input_file.hpp"
#include "irosurvey/frame/frame.hpp"
#include "irosurvey/frame/text_builder.hpp"
#include "irosurvey/io/read.hpp"
#include "text_decoder.hpp"

namespace irosurvey {
inline namespace v1 {
namespace io {

/// What ReadStat says of one value, without ReadStat's types.
struct FoundValue {
  bool is_text = false;
  double number = 0.0;
  const char* text = nullptr;
  bool is_missing = false;
  char tag = 0;
};

/// What ReadStat says of one variable.
struct FoundVariable {
  std::string_view name;
  std::string_view label;
  std::string_view format;
  std::string_view label_set;
  bool is_text = false;
  Measure measure = Measure::unknown;
  std::vector<std::pair<FoundValue, FoundValue>> user_missing;  ///< lowest and highest; equal for a single code
};

/// How rows lie in an SPSS file.
enum class Packing {
  none,      ///< as they are
  by_row,    ///< whole numbers in a byte each
  deflated,  ///< blocks of such rows through zlib (.zsav)
};

/// What ReadStat says of the whole file.
struct FoundFile {
  std::optional<Index> rows;
  Index variables = 0;
  std::string_view label;
  std::string_view encoding;
  Index version = 0;
  Packing packing = Packing::none;
};

/// Builds a frame from what ReadStat's callbacks deliver, one after the other.
///
/// No exception passes through ReadStat's C frames: it is kept, ReadStat is told to stop, and `rethrow` goes on with it.
/// All text comes as it stands in the file and is decoded here.
class ReadStatReader {
 public:
  ReadStatReader(const InputFile& file, FileKind kind, const ReadOptions& options);

  /// Calls `work` and keeps what it throws. @returns whether it went well.
  template <class Work>
  bool keeping(Work&& work) noexcept {
    try {
      work();
      return true;
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

  void on_metadata(const FoundFile& found);
  /// @returns whether the variable's values are wanted.
  bool on_variable(std::size_t index, const FoundVariable& variable);
  /// The variable by which the file's rows are weighted.
  void on_weights(std::size_t index);
  void on_value(std::size_t index, const FoundValue& value);
  void on_value_label(std::string_view set, const FoundValue& value, std::string_view label);
  void on_message(std::string_view message) { message_ = message; }

  /// The last thing that ReadStat said in words.
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  [[nodiscard]] std::optional<Index> promised_rows() const noexcept { return promised_rows_; }
  [[nodiscard]] Packing packing() const noexcept { return packing_; }
  /// Rows of which every wanted value has come.
  [[nodiscard]] Index rows() const noexcept;

  /// For a file that tells its number of rows in a way that ReadStat doesn't pass on.
  void promise_rows(Index rows) { promised_rows_ = rows; }
  /// Rows without any answer, so that there are `rows` in all.
  void pad_to(Index rows);
  /// @throws Error(column) if a column that was asked for hasn't come; Error(read) if rows are lacking.
  [[nodiscard]] Frame finish();

 private:
  struct Variable {
    std::string name;
    std::string label_set;
    ColumnNotes notes;
    bool is_text = false;
    std::vector<double> numbers;
    TextBuilder text;

    [[nodiscard]] Index length() const noexcept { return is_text ? text.length() : static_cast<Index>(numbers.size()); }
  };
  struct Label {
    FoundValue value;
    std::string text;
    std::string label;
  };

  void choose_encoding(const FoundFile& found);
  [[nodiscard]] std::string decoded(std::string_view bytes, const std::string& where);
  void append_text(Variable& variable, const FoundValue& value);
  void take_user_missing(const FoundVariable& found, Variable& variable);
  void take_labels(Variable& variable);
  void require_room(Index rows, Index variables) const;
  void require_wanted_columns() const;
  void require_one_length() const;
  void poll_interrupt();

  const InputFile& file_;
  FileKind kind_;
  const ReadOptions& options_;
  std::exception_ptr failure_;
  std::string message_;

  std::optional<Index> promised_rows_;
  Packing packing_ = Packing::none;
  bool reserves_ = false;  // whether the promise of rows is one that the file can keep
  std::string label_;
  std::optional<TextDecoder> decoder_;
  std::vector<std::unique_ptr<Variable>> variables_;  // by their place in the file; null where not wanted
  std::vector<std::string> names_;                    // of all variables in the file
  std::unordered_map<std::string, std::vector<Label>> label_sets_;
  Index values_since_poll_ = 0;
};

}  // namespace io
}  // namespace v1
}  // namespace irosurvey
