#include "estimate/value_order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace irosurvey {
inline namespace v1 {
namespace estimation {
namespace {

constexpr Index kRowsOfSplitter = 128;  // fewer rows than this aren't worth a splitter
constexpr Index kRowsOfSample = 32;     // rows for each value of the sample,
constexpr Index kLargestSample = 8192;  // up to so many

/// Values spread over all places, each a little off its even place: data that repeat every so many rows don't fool it.
std::vector<double> sample_of(std::span<const double> values, Index size) {
  const auto count = static_cast<Index>(values.size());
  if (size >= count) return {values.begin(), values.end()};
  std::vector<double> sample(static_cast<std::size_t>(size));
  std::uint64_t state = 0x9e3779b97f4a7c15ULL;
  for (Index i = 0; i < size; ++i) {
    const Index begin = count * i / size;
    const Index width = count * (i + 1) / size - begin;
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;  // Knuth's MMIX
    const auto within = static_cast<Index>((state >> 33) % static_cast<std::uint64_t>(width));
    sample[static_cast<std::size_t>(i)] = values[static_cast<std::size_t>(begin + within)];
  }
  return sample;
}

/// Ranks in a sample of `size` at which it is split: half of them evenly, half near the quantiles that are asked for.
std::vector<Index> ranks_of(std::span<const double> probs, Index size, Index splitters) {
  // Ranks between neighbours near a quantile: a sample's quantile is √size/2 ranks off where p is ½.
  const auto apart = static_cast<Index>(1.0 + std::sqrt(static_cast<double>(size)) / 4.0);
  std::vector<Index> ranks;
  const auto asked = static_cast<Index>(probs.size());
  const Index near_each = asked == 0 ? 0 : splitters / 2 / asked;
  const Index even = near_each < 4 ? splitters : splitters - near_each * asked;
  for (Index i = 1; i <= even; ++i) ranks.push_back(size * i / (even + 1));
  for (const double p : probs) {
    const auto middle = static_cast<Index>(p * static_cast<double>(size));
    for (Index i = 0; i < (near_each < 4 ? 0 : near_each); ++i) {
      ranks.push_back(std::clamp<Index>(middle + apart * (2 * i + 1 - near_each) / 2, 0, size - 1));
    }
  }
  return ranks;
}

constexpr std::size_t kLanes = 8;
template <class Number>
using Lanes = std::array<Number, kLanes>;

/// Buckets of eight values: one step of eight binary searches at a time, so that none waits for its own last step.
void find_buckets(const std::vector<double>& splitters, const Lanes<double>& values, Lanes<std::uint32_t>& buckets) {
  const double* const s = splitters.data();
  Lanes<std::uint32_t> below{};  // splitters below the value
  for (auto step = static_cast<std::uint32_t>(splitters.size() / 2); step > 0; step /= 2) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      // A mask, because a branch would be guessed wrong every other time.
      below[k] += step & (0U - static_cast<std::uint32_t>(s[below[k] + step - 1] < values[k]));
    }
  }
  for (std::size_t k = 0; k < kLanes; ++k) {
    buckets[k] = 2 * below[k] + static_cast<std::uint32_t>(s[below[k]] == values[k]);
  }
}

/// Whether one of eight bytes is 0 (Mycroft 1987).
bool has_zero_byte(std::uint64_t word) {
  constexpr std::uint64_t kLow = 0x0101010101010101ULL;
  return ((word - kLow) & ~word & (kLow << 7)) != 0;
}

}  // namespace

ValueOrder::ValueOrder(std::span<const double> values, std::span<const double> probs, Index most_splitters)
    : values_(values), bucket_of_(values.size()) {
  choose_splitters(probs, std::clamp<Index>(size() / kRowsOfSplitter, 0, std::min(most_splitters, kMostSplitters)));
  sorted_.resize(static_cast<std::size_t>(buckets()));
  is_sorted_.assign(sorted_.size(), 0);
}

void ValueOrder::choose_splitters(std::span<const double> probs, Index most) {
  if (most > 0) {
    std::vector<double> sample = sample_of(values_, std::min(size() / kRowsOfSample, kLargestSample));
    std::sort(sample.begin(), sample.end());
    for (const Index rank : ranks_of(probs, static_cast<Index>(sample.size()), most)) {
      splitter_.push_back(sample[static_cast<std::size_t>(rank)]);
    }
    std::sort(splitter_.begin(), splitter_.end());
    splitter_.erase(std::unique(splitter_.begin(), splitter_.end()), splitter_.end());
  }
  splitters_ = splitter_.size();
  splitter_.resize(std::bit_ceil(splitters_ + 1), std::numeric_limits<double>::infinity());
}

void ValueOrder::sort_into_buckets(Index begin, Index end, const double* weights, std::span<double> sums) {
  constexpr std::size_t kBuckets = 2 * kMostSplitters + 2;
  std::array<std::array<double, kBuckets>, kLanes> banks{};  // neighbours in one bucket don't wait for each other
  const auto count = static_cast<std::size_t>(end - begin);
  const double* const values = values_.data() + begin;
  std::uint8_t* const to = bucket_of_.data() + begin;
  Lanes<double> value{};
  Lanes<std::uint32_t> bucket{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    std::copy_n(values + i, kLanes, value.begin());
    find_buckets(splitter_, value, bucket);
    for (std::size_t k = 0; k < kLanes; ++k) {
      to[i + k] = static_cast<std::uint8_t>(bucket[k]);
      banks[k][bucket[k]] += weights[i + k];
    }
  }
  std::copy(values + i, values + count, value.begin());
  find_buckets(splitter_, value, bucket);
  for (std::size_t k = 0; i + k < count; ++k) {
    to[i + k] = static_cast<std::uint8_t>(bucket[k]);
    banks[k][bucket[k]] += weights[i + k];
  }
  for (std::size_t b = 0; b < static_cast<std::size_t>(buckets()); ++b) {
    for (const auto& bank : banks) sums[b] += bank[b];
  }
}

std::vector<std::int32_t> ValueOrder::places_in(std::uint8_t which) const {
  std::vector<std::int32_t> places;
  const std::size_t count = bucket_of_.size();
  const std::uint8_t* const ids = bucket_of_.data();
  const std::uint64_t wanted = 0x0101010101010101ULL * which;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {  // most words of eight rows hold none
    std::uint64_t word = 0;
    std::memcpy(&word, ids + i, sizeof word);
    if (!has_zero_byte(word ^ wanted)) continue;
    for (std::size_t k = i; k < i + 8; ++k) {
      if (ids[k] == which) places.push_back(static_cast<std::int32_t>(k));
    }
  }
  for (; i < count; ++i) {
    if (ids[i] == which) places.push_back(static_cast<std::int32_t>(i));
  }
  return places;
}

const std::vector<std::int32_t>& ValueOrder::bucket(Index which) {
  const auto b = static_cast<std::size_t>(which);
  if (is_sorted_[b] == 0) {
    std::vector<std::int32_t> places = places_in(static_cast<std::uint8_t>(which));
    if (which % 2 == 0) {  // else they are all equal
      std::vector<std::pair<double, std::int32_t>> keyed;
      keyed.reserve(places.size());
      for (const std::int32_t place : places) keyed.emplace_back(values_[static_cast<std::size_t>(place)], place);
      std::sort(keyed.begin(), keyed.end());
      std::transform(keyed.begin(), keyed.end(), places.begin(), [](const auto& entry) { return entry.second; });
    }
    sorted_[b] = std::move(places);
    is_sorted_[b] = 1;
  }
  return sorted_[b];
}

}  // namespace estimation
}  // namespace v1
}  // namespace irosurvey
