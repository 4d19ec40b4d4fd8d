#include "design/hadamard.hpp"

#include <gtest/gtest.h>

#include <set>

#include "support/errors.hpp"

namespace irosurvey_tests {
namespace {

using irosurvey::ErrorCode;
using irosurvey::Index;
using irosurvey::design::Hadamard;
using irosurvey::design::hadamard;
using irosurvey::design::has_hadamard;
using irosurvey::design::next_hadamard_order;

/// Multiples of 4 that Paley's and Sylvester's constructions don't reach (OEIS A046116).
const std::set<Index> kUnreached = {92,  116, 156, 172, 184, 188, 232, 236, 260, 268, 292, 324,
                                    356, 372, 376, 404, 412, 428, 436, 452, 472, 476, 508};

TEST(Hadamard, ReachesEveryOrderButThoseThatNeedAnotherConstruction) {
  for (Index order = 1; order <= 512; ++order) {
    const bool wanted = order <= 2 || (order % 4 == 0 && !kUnreached.contains(order));
    EXPECT_EQ(has_hadamard(order), wanted) << order;
  }
}

TEST(Hadamard, RowsAreOrthogonalAndTheFirstOfEachIsOne) {
  for (Index order = 1; order <= 512; ++order) {
    if (!has_hadamard(order)) continue;
    const Hadamard matrix = hadamard(order);
    ASSERT_EQ(matrix.order, order);
    Index wrong = 0;
    for (Index a = 0; a < order; ++a) {
      if (matrix(a, 0) != 1 || matrix(0, a) != 1) ++wrong;
      for (Index b = 0; b <= a; ++b) {
        Index product = 0;
        for (Index j = 0; j < order; ++j) product += Index{matrix(a, j)} * matrix(b, j);
        if (product != (a == b ? order : 0)) ++wrong;
      }
    }
    EXPECT_EQ(wrong, 0) << order;
  }
}

TEST(Hadamard, StepsUpToTheNextOrderAndSaysSo) {
  EXPECT_EQ(next_hadamard_order(0), 1);
  EXPECT_EQ(next_hadamard_order(3), 4);
  EXPECT_EQ(next_hadamard_order(89), 96);
  EXPECT_EQ(next_hadamard_order(92), 96);
  EXPECT_EQ(next_hadamard_order(185), 192);
  const auto error = error_of([] { (void)hadamard(92); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::argument);
  EXPECT_TRUE(mentions(*error, "96"));
}

}  // namespace
}  // namespace irosurvey_tests
