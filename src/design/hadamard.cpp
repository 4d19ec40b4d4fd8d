#include "design/hadamard.hpp"

#include <string>

#include "irosurvey/core/error.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

/// q = pᵏ, p a prime; p = 0 if q is no such power.
struct PrimePower {
  Index p = 0;
  int k = 0;
};

PrimePower prime_power(Index q) {
  for (Index p = 2; p * p <= q; ++p) {
    if (q % p != 0) continue;
    PrimePower found{p, 0};
    for (; q % p == 0; q /= p) ++found.k;
    return q == 1 ? found : PrimePower{};
  }
  return q >= 2 ? PrimePower{q, 1} : PrimePower{};
}

/// The field of q elements. An element is a number whose digits to the base p are the coefficients of a polynomial.
class Field {
 public:
  explicit Field(Index q) : q_(q), base_(prime_power(q)) {
    if (base_.k > 1) find_modulus();
    character_.assign(static_cast<std::size_t>(q), -1);
    for (Index x = 0; x < q; ++x) character_[static_cast<std::size_t>(times(x, x))] = x == 0 ? 0 : 1;
  }

  [[nodiscard]] Index minus(Index a, Index b) const {
    Index result = 0;
    for (Index place = 1; place < q_; place *= base_.p, a /= base_.p, b /= base_.p) {
      result += (a % base_.p - b % base_.p + base_.p) % base_.p * place;
    }
    return result;
  }
  /// 1 for a square, −1 for what is none, 0 for 0.
  [[nodiscard]] int character(Index x) const { return character_[static_cast<std::size_t>(x)]; }

 private:
  using Polynomial = std::vector<Index>;  ///< coefficients, the constant first

  [[nodiscard]] Polynomial digits(Index x, int count) const {
    Polynomial result;
    for (int i = 0; i < count; ++i, x /= base_.p) result.push_back(x % base_.p);
    return result;
  }

  /// Remainder modulo a polynomial of leading coefficient 1.
  [[nodiscard]] Polynomial reduced(Polynomial a, const Polynomial& modulus) const {
    const std::size_t degree = modulus.size() - 1;
    while (a.size() > degree) {
      const Index lead = a.back();
      for (std::size_t i = 0; i <= degree; ++i) {
        Index& coefficient = a[a.size() - 1 - degree + i];
        coefficient = (coefficient + (base_.p - lead) * modulus[i]) % base_.p;
      }
      a.pop_back();
    }
    return a;
  }

  [[nodiscard]] bool is_irreducible(const Polynomial& candidate) const {
    const int degree = static_cast<int>(candidate.size()) - 1;
    Index count = base_.p;
    for (int d = 1; 2 * d <= degree; ++d, count *= base_.p) {
      for (Index lower = 0; lower < count; ++lower) {
        Polynomial divisor = digits(lower, d);
        divisor.push_back(1);
        const Polynomial rest = reduced(candidate, divisor);
        bool zero = true;
        for (const Index coefficient : rest) zero = zero && coefficient == 0;
        if (zero) return false;
      }
    }
    return true;
  }

  void find_modulus() {
    for (Index lower = 0;; ++lower) {
      modulus_ = digits(lower, base_.k);
      modulus_.push_back(1);
      if (is_irreducible(modulus_)) return;
    }
  }

  [[nodiscard]] Index times(Index x, Index y) const {
    if (base_.k == 1) return x * y % q_;
    const Polynomial a = digits(x, base_.k);
    const Polynomial b = digits(y, base_.k);
    Polynomial product(a.size() + b.size() - 1, 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < b.size(); ++j) product[i + j] = (product[i + j] + a[i] * b[j]) % base_.p;
    }
    const Polynomial rest = reduced(product, modulus_);
    Index result = 0;
    for (std::size_t i = rest.size(); i-- > 0;) result = result * base_.p + rest[i];
    return result;
  }

  Index q_;
  PrimePower base_;
  Polynomial modulus_;
  std::vector<std::int8_t> character_;
};

bool is_paley_one(Index order) { return order >= 4 && order % 4 == 0 && prime_power(order - 1).p != 0; }

bool is_paley_two(Index order) {
  return order >= 4 && order % 4 == 0 && (order / 2 - 1) % 4 == 1 && prime_power(order / 2 - 1).p != 0;
}

/// A divisor d with both d and order / d constructible, at least 2; 0 if there is none.
Index factor_of(Index order) {
  for (Index d = 2; d * d <= order; ++d) {
    if (order % d == 0 && has_hadamard(d) && has_hadamard(order / d)) return d;
  }
  return 0;
}

Hadamard empty(Index order) { return {order, std::vector<std::int8_t>(static_cast<std::size_t>(order * order), 1)}; }

void set(Hadamard& matrix, Index row, Index column, int value) {
  matrix.entries[static_cast<std::size_t>(row * matrix.order + column)] = static_cast<std::int8_t>(value);
}

/// I + S with S skew: a border of ones, and the characters of differences (Paley 1933, lemma 2).
Hadamard paley_one(Index order) {
  const Index q = order - 1;
  const Field field(q);
  Hadamard matrix = empty(order);
  for (Index i = 0; i < q; ++i) {
    set(matrix, i + 1, 0, -1);
    for (Index j = 0; j < q; ++j) {
      set(matrix, i + 1, j + 1, i == j ? 1 : field.character(field.minus(i, j)));
    }
  }
  return matrix;
}

/// Every entry of a symmetric conference matrix becomes a 2 × 2 block (Paley 1933, lemma 3).
Hadamard paley_two(Index order) {
  const Index q = order / 2 - 1;
  const Field field(q);
  constexpr int kOfZero[2][2] = {{1, -1}, {-1, -1}};
  constexpr int kOfOne[2][2] = {{1, 1}, {1, -1}};
  Hadamard matrix = empty(order);
  for (Index i = 0; i <= q; ++i) {
    for (Index j = 0; j <= q; ++j) {
      const int sign = i == j ? 0 : (i == 0 || j == 0) ? 1 : field.character(field.minus(i, j));
      for (Index a = 0; a < 2; ++a) {
        for (Index b = 0; b < 2; ++b) {
          set(matrix, 2 * i + a, 2 * j + b, sign == 0 ? kOfZero[a][b] : sign * kOfOne[a][b]);
        }
      }
    }
  }
  return matrix;
}

/// Kronecker product (Sylvester 1867).
Hadamard product(const Hadamard& a, const Hadamard& b) {
  Hadamard matrix = empty(a.order * b.order);
  for (Index i = 0; i < matrix.order; ++i) {
    for (Index j = 0; j < matrix.order; ++j) {
      set(matrix, i, j, a(i / b.order, j / b.order) * b(i % b.order, j % b.order));
    }
  }
  return matrix;
}

Hadamard made(Index order) {
  if (order == 1) return empty(1);
  if (order == 2) {
    Hadamard matrix = empty(2);
    set(matrix, 1, 1, -1);
    return matrix;
  }
  if (const Index divisor = factor_of(order); divisor != 0) return product(made(divisor), made(order / divisor));
  return is_paley_one(order) ? paley_one(order) : paley_two(order);
}

/// Signs of rows and columns are free: those are taken that make the first of each +1.
void normalize(Hadamard& matrix) {
  for (Index j = 0; j < matrix.order; ++j) {
    if (matrix(0, j) > 0) continue;
    for (Index i = 0; i < matrix.order; ++i) set(matrix, i, j, -matrix(i, j));
  }
  for (Index i = 0; i < matrix.order; ++i) {
    if (matrix(i, 0) > 0) continue;
    for (Index j = 0; j < matrix.order; ++j) set(matrix, i, j, -matrix(i, j));
  }
}

}  // namespace

bool has_hadamard(Index order) {
  if (order == 1 || order == 2) return true;
  if (order < 4 || order % 4 != 0) return false;
  return is_paley_one(order) || is_paley_two(order) || factor_of(order) != 0;
}

Index next_hadamard_order(Index least) {
  Index order = least < 1 ? 1 : least;
  while (!has_hadamard(order)) ++order;
  return order;
}

Hadamard hadamard(Index order) {
  if (!has_hadamard(order)) {
    throw Error(ErrorCode::argument,
                {.subject = "order of a Hadamard matrix",
                 .row = {},
                 .expected = "1, 2, or a product of 2 and orders q + 1 and 2 (q + 1) of Paley's; the next is " +
                             std::to_string(next_hadamard_order(order)),
                 .found = std::to_string(order),
                 .remedy = {},
                 .candidates = {}});
  }
  Hadamard matrix = made(order);
  normalize(matrix);
  return matrix;
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
