#include "values.hpp"

#include <algorithm>
#include <charconv>

namespace irosurvey {
inline namespace v1 {
namespace {

__extension__ using Int128 = __int128;

double half_to_double(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const int fraction = half & 0x3ff;
  const double sign = (half & 0x8000) != 0 ? -1.0 : 1.0;
  if (exponent == 0x1f) return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : kNaN;
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

struct DecimalType {
  int scale = 0;
  int bits = 128;
};

// "d:precision,scale" or "d:precision,scale,bits"
DecimalType decimal_type(std::string_view format) {
  DecimalType type;
  const char* end = format.data() + format.size();
  const char* comma = std::find(format.data(), end, ',');
  if (comma == end) return type;
  const auto scale = std::from_chars(comma + 1, end, type.scale);
  if (scale.ptr != end) std::from_chars(scale.ptr + 1, end, type.bits);
  return type;
}

template <class Integer>
void read_decimals(const void* buffer, Index offset, Index length, int scale, double* out) {
  // 10^22 is the largest power of ten that a double holds exactly; dividing by it rounds once.
  const double unit = std::pow(10.0, scale);
  const char* bytes = static_cast<const char*>(buffer) + offset * static_cast<Index>(sizeof(Integer));
  for (Index i = 0; i < length; ++i) {
    Integer value;
    std::memcpy(&value, bytes + i * static_cast<Index>(sizeof(Integer)), sizeof value);
    out[i] = static_cast<double>(value) / unit;
  }
}

void read_decimals(const ArrayData& data, std::string_view format, Index offset, Index length, double* out) {
  const DecimalType type = decimal_type(format);
  if (type.bits == 32) return read_decimals<std::int32_t>(data.buffers[1], offset, length, type.scale, out);
  if (type.bits == 64) return read_decimals<std::int64_t>(data.buffers[1], offset, length, type.scale, out);
  read_decimals<Int128>(data.buffers[1], offset, length, type.scale, out);
}

}  // namespace

void read_numbers(const ArrayData& data, const Field& field, Index offset, Index length, double* out) {
  const Kind kind = kind_of(field.format);
  if (length == 0) return;
  const auto convert = [&](const auto* values) {
    std::transform(values, values + length, out, [](auto value) { return static_cast<double>(value); });
  };
  if (with_integers(data, kind, offset, convert)) return;
  switch (kind) {
    case Kind::float64: convert(static_cast<const double*>(data.buffers[1]) + offset); return;
    case Kind::float32: convert(static_cast<const float*>(data.buffers[1]) + offset); return;
    case Kind::float16: {
      const auto* halves = static_cast<const std::uint16_t*>(data.buffers[1]) + offset;
      std::transform(halves, halves + length, out, half_to_double);
      return;
    }
    case Kind::boolean: {
      const auto* bits = static_cast<const std::uint8_t*>(data.buffers[1]);
      for (Index i = 0; i < length; ++i) out[i] = bit_at(bits, offset + i) ? 1.0 : 0.0;
      return;
    }
    case Kind::decimal: read_decimals(data, field.format, offset, length, out); return;
    default: std::fill(out, out + length, kNaN); return;
  }
}

}  // namespace v1
}  // namespace irosurvey
