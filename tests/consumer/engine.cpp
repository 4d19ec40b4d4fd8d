// A mean and its standard error from numbers in memory: what a program gets that links the engine alone.
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "irosurvey/core/error.hpp"
#include "irosurvey/estimate/estimate.hpp"

int main() {
  using namespace irosurvey;
  const Frame frame({Column::of_numbers("y", {1, 2, 3, 4})});
  const Design design = Design::declare(frame, {});

  const Estimate answer = estimate(design, {.statistics = {mean("y")}});
  const double by_hand = std::sqrt(5.0 / 12.0);  // s²/n = (5/3)/4
  std::cout << answer.rows[0].value << " (" << answer.standard_error(0) << ")\n";
  if (answer.rows[0].value != 2.5 || std::abs(answer.standard_error(0) - by_hand) > 1e-12) return EXIT_FAILURE;

  // An exception crosses the library's border as itself.
  try {
    static_cast<void>(estimate(design, {.statistics = {mean("x")}}));
  } catch (const Error& error) {
    std::cout << error.what() << "\n";
    return error.code() == ErrorCode::column ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  return EXIT_FAILURE;
}
