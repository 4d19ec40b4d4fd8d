#include "core/philox.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

namespace irosurvey_tests {
namespace {

using irosurvey::philox;
using irosurvey::PhiloxStream;

using Words = std::array<std::uint32_t, 4>;

// The known answers of Random123, kat_vectors (Salmon, Moraes, Dror and Shaw 2011), philox4x32 of 10 rounds.
TEST(Philox, GivesTheKnownAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
  constexpr std::uint32_t kOnes = 0xffffffffU;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
  EXPECT_EQ(philox({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U}),
            (Words{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U}));
}

TEST(Philox, AStreamReadsItsCountersInOrder) {
  PhiloxStream stream(0x299f31d0a4093822ULL, 5, 6);
  for (const std::uint32_t block : {0U, 1U}) {
    for (const std::uint32_t word : philox({block, 0, 5, 6}, {0xa4093822U, 0x299f31d0U}))
      EXPECT_EQ(stream.word(), word);
  }
}

TEST(Philox, EveryNumberBelowALimitIsAsLikely) {
  for (const std::uint32_t limit : {1U, 3U, 7U, 1000U}) {
    constexpr int kDraws = 100'000;
    std::vector<int> times(limit, 0);
    PhiloxStream stream(17, limit, 0);
    for (int i = 0; i < kDraws; ++i) ++times.at(stream.below(limit));
    const double expected = static_cast<double>(kDraws) / limit;
    double chi_square = 0.0;
    for (const int found : times) chi_square += (found - expected) * (found - expected) / expected;
    // Mean limit − 1, variance twice that: five standard deviations.
    EXPECT_LE(chi_square, limit - 1.0 + 5.0 * std::sqrt(2.0 * limit));
  }
}

TEST(Philox, RejectsWhatWouldMakeSomeNumbersLikelier) {
  // Of 2³² words, 3 · 2³⁰ = 3221225472 leaves the most uneven rest: a third of all draws would go to the first quarter.
  constexpr std::uint32_t kLimit = 3'221'225'472U;
  PhiloxStream stream(18, 0, 0);
  int low = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) low += stream.below(kLimit) % 3 == 0 ? 1 : 0;
  EXPECT_NEAR(low, kDraws / 3.0, 5.0 * std::sqrt(kDraws * 2.0 / 9.0));
}

}  // namespace
}  // namespace irosurvey_tests
