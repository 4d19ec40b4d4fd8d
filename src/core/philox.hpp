#pragma once

#include <array>
#include <cstdint>

namespace irosurvey {
inline namespace v1 {

/// Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011): four random words for every counter, whoever asks and in whatever
/// order. A seed so means the same numbers on every machine and for every number of threads.
[[nodiscard]] constexpr std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                            std::array<std::uint32_t, 2> key) noexcept {
  constexpr std::uint64_t kMultipliers[] = {0xD2511F53U, 0xCD9E8D57U};
  constexpr std::uint32_t kWeyl[] = {0x9E3779B9U, 0xBB67AE85U};  // golden ratio, √3 − 1
  constexpr int kRounds = 10;
  for (int round = 0; round < kRounds; ++round) {
    const std::uint64_t a = kMultipliers[0] * counter[0];
    const std::uint64_t b = kMultipliers[1] * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key[0], static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key[1], static_cast<std::uint32_t>(a)};
    key = {key[0] + kWeyl[0], key[1] + kWeyl[1]};
  }
  return counter;
}

/// A sequence of 2³⁴ random numbers of its own for every (seed, stream, substream, part).
class PhiloxStream {
 public:
  PhiloxStream(std::uint64_t seed, std::uint32_t stream, std::uint32_t substream, std::uint32_t part = 0) noexcept
      : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
        counter_{0, part, stream, substream} {}

  std::uint32_t word() noexcept {
    if (used_ == words_.size()) {
      words_ = philox(counter_, key_);
      ++counter_[0];
      used_ = 0;
    }
    return words_[used_++];
  }

  /// A whole number from 0 to n − 1, each as likely as the others (Lemire 2019: multiply, and reject the uneven rest).
  std::uint32_t below(std::uint32_t n) noexcept {
    std::uint64_t product = std::uint64_t{word()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t uneven = (0U - n) % n;
      while (static_cast<std::uint32_t>(product) < uneven) product = std::uint64_t{word()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

 private:
  std::array<std::uint32_t, 2> key_;
  std::array<std::uint32_t, 4> counter_;
  std::array<std::uint32_t, 4> words_{};
  std::size_t used_ = 4;
};

}  // namespace v1
}  // namespace irosurvey
