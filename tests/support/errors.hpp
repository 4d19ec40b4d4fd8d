#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey_tests {

/// The Error that `action` ends with. Fails the test if it ends otherwise.
template <class Action>
std::optional<irosurvey::Error> error_of(const Action& action) {
  try {
    action();
  } catch (const irosurvey::Error& error) {
    return error;
  } catch (const std::exception& other) {
    ADD_FAILURE() << "expected an Error, caught: " << other.what();
    return std::nullopt;
  }
  ADD_FAILURE() << "expected an Error, none was thrown";
  return std::nullopt;
}

inline ::testing::AssertionResult mentions(const irosurvey::Error& error, const std::string& words) {
  const std::string text = error.what();
  if (text.find(words) != std::string::npos) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "'" << words << "' isn't in the message: " << text;
}

}  // namespace irosurvey_tests
