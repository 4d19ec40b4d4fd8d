// Reads a data file and estimates a total: what a program gets that links the readers too.
#include <cstdlib>
#include <iostream>

#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/io/read.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return EXIT_FAILURE;
  using namespace irosurvey;
  const Frame frame = io::read(argv[1]);
  const Estimate answer = estimate(Design::declare(frame, {}), {.statistics = {statistic(T(1))}});
  std::cout << frame.label() << ": " << frame.rows() << " rows, weights add up to " << answer.rows[0].value << "\n";
  return answer.rows[0].value == static_cast<double>(frame.rows()) ? EXIT_SUCCESS : EXIT_FAILURE;
}
