#include "design/weight_rank.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <queue>
#include <utility>
#include <vector>

#include "core/philox.hpp"

namespace irosurvey {
inline namespace v1 {
namespace design {
namespace {

constexpr std::uint64_t kSeed = 20240229;  // any: it decides which rows are looked at first

/// Rows drawn at random, or all if there are few.
std::vector<Index> some_rows(Index rows, Index wanted) {
  std::vector<Index> chosen;
  if (rows <= wanted) {
    for (Index row = 0; row < rows; ++row) chosen.push_back(row);
    return chosen;
  }
  PhiloxStream random(kSeed, 0, 0);
  for (Index i = 0; i < wanted; ++i) chosen.push_back(random.below(static_cast<std::uint32_t>(rows)));
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

Eigen::MatrixXd matrix_of(const TallMatrix& matrix, const std::vector<Index>& rows) {
  Eigen::MatrixXd taken(matrix.columns(), static_cast<Eigen::Index>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto at = static_cast<Eigen::Index>(i);
    matrix.read_row(rows[i], {taken.col(at).data(), static_cast<std::size_t>(taken.rows())});
  }
  return taken.transpose();
}

/// A random direction of length 1 that the decomposed rows don't reach: Q R P′ x = 0.
Eigen::VectorXd unreached(const Eigen::ColPivHouseholderQR<Eigen::MatrixXd>& decomposed, std::uint32_t round) {
  const Eigen::Index rank = decomposed.rank();
  const Eigen::Index columns = decomposed.cols();
  PhiloxStream random(kSeed, 1, round);
  Eigen::VectorXd x(columns);
  for (Eigen::Index i = rank; i < columns; ++i) x[i] = static_cast<double>(random.word()) * 0x1.0p-31 - 1.0;
  if (rank > 0) {
    const auto& r = decomposed.matrixR();
    x.head(rank) = -r.topLeftCorner(rank, rank)
                        .triangularView<Eigen::Upper>()
                        .solve(r.block(0, rank, rank, columns - rank) * x.tail(columns - rank));
  }
  return (decomposed.colsPermutation() * x).normalized();
}

/// How far all rows reach in a direction, and which reach farthest.
struct Reach {
  double square = 0.0;        ///< Σ (w_i′ x)²
  double total_square = 0.0;  ///< Σ w_ir²
  std::vector<Index> farthest;
};

Reach reach_of(const TallMatrix& matrix, const Eigen::VectorXd& x, std::size_t wanted) {
  constexpr Index kBlock = 2048;
  using Entry = std::pair<double, Index>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> farthest;
  std::vector<double> product(static_cast<std::size_t>(kBlock));
  Reach reach;
  for (Index begin = 0; begin < matrix.rows(); begin += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, matrix.rows() - begin));
    reach.total_square +=
        matrix.multiply(begin, {x.data(), static_cast<std::size_t>(x.size())}, std::span(product).first(size));
    for (std::size_t i = 0; i < size; ++i) {
      const double square = product[i] * product[i];
      reach.square += square;
      if (farthest.size() == wanted && square <= farthest.top().first) continue;
      farthest.emplace(square, begin + static_cast<Index>(i));
      if (farthest.size() > wanted) farthest.pop();
    }
  }
  for (; !farthest.empty(); farthest.pop()) reach.farthest.push_back(farthest.top().second);
  return reach;
}

}  // namespace

Index rank_of(const TallMatrix& matrix, double tolerance) {
  const Index columns = matrix.columns();
  std::vector<Index> rows = some_rows(matrix.rows(), 2 * columns + 16);
  Index rank = -1;
  for (std::uint32_t round = 0;; ++round) {
    Eigen::ColPivHouseholderQR<Eigen::MatrixXd> decomposed;
    decomposed.setThreshold(tolerance);
    decomposed.compute(matrix_of(matrix, rows));
    const Index found = decomposed.rank();
    // Rows that joined reach less than the tolerance if they leave the rank where it was.
    if (found == columns || found <= rank) return std::max(found, rank);
    rank = found;
    const Reach reach = reach_of(matrix, unreached(decomposed, round), static_cast<std::size_t>(2 * columns));
    if (reach.square <= tolerance * tolerance * reach.total_square / static_cast<double>(columns)) return rank;
    rows.insert(rows.end(), reach.farthest.begin(), reach.farthest.end());
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  }
}

}  // namespace design
}  // namespace v1
}  // namespace irosurvey
