#pragma once

#include <pybind11/pybind11.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "bindings.hpp"
#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {

/// Words that a type carries.
template <std::size_t size>
struct Words {
  consteval Words(const char (&words)[size]) { std::copy_n(words, size, text); }  // NOLINT(google-explicit-constructor)
  char text[size]{};
};

/// An argument of a class's method. pybind11 would tell a value of another kind by the types of C++; this one is refused by
/// its name and what was expected, as the package's own functions do.
template <class T, Words argument, Words expected, ErrorCode code = ErrorCode::argument>
struct Given {
  T value;
};

template <Words argument>
using GivenText = Given<std::string, argument, "text">;

template <Words argument>
using GivenColumn = Given<std::string, argument, "the name of a column", ErrorCode::column>;

[[noreturn]] inline void refuse_kind(ErrorCode code, const char* argument, const char* expected, py::handle found,
                                     std::string remedy = {}) {
  const py::object words = py::module_::import("irosurvey._checked").attr("found_text");
  throw Error(code, {.subject = argument,
                     .row = {},
                     .expected = expected,
                     .found = words(found).cast<std::string>(),
                     .remedy = std::move(remedy),
                     .candidates = {}});
}

/// What pybind11 takes beyond what is meant: None for any class, and bytes for text.
template <class T>
bool may_be(py::handle given) {
  constexpr bool kOptional = requires(T value) { value.has_value(); };
  if (given.is_none()) return kOptional;
  constexpr bool kText = std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>;
  return !kText || py::isinstance<py::str>(given);
}

}  // namespace v1
}  // namespace irosurvey

namespace pybind11::detail {

template <class T, irosurvey::Words argument, irosurvey::Words expected, irosurvey::ErrorCode code>
struct type_caster<irosurvey::Given<T, argument, expected, code>> {
  using Argument = irosurvey::Given<T, argument, expected, code>;
  static constexpr auto name = make_caster<T>::name;

  bool load(handle given, bool /*convert*/) {
    if (irosurvey::may_be<T>(given) && inner_.load(given, true)) return true;
    irosurvey::refuse_kind(code, argument.text, expected.text, given);
  }

  template <class>
  using cast_op_type = Argument;
  operator Argument() { return {cast_op<T>(inner_)}; }  // NOLINT(google-explicit-constructor)

 private:
  make_caster<T> inner_;
};

}  // namespace pybind11::detail
