#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "irosurvey/frame/frame.hpp"

namespace irosurvey_tests {

using Numbers = std::vector<double>;                    ///< NaN is missing
using Texts = std::vector<std::optional<std::string>>;  ///< an empty optional is missing

/// Data that a test can take apart and put together: a Frame itself never changes.
class Table {
 public:
  Table& add(std::string name, Numbers values) { return put(std::move(name), std::move(values)); }
  Table& add(std::string name, Texts values) { return put(std::move(name), std::move(values)); }

  [[nodiscard]] bool has(const std::string& name) const { return find(name) != columns_.size(); }
  [[nodiscard]] bool is_text(const std::string& name) const {
    return std::holds_alternative<Texts>(columns_.at(find(name)).second);
  }
  [[nodiscard]] const Numbers& numbers(const std::string& name) const {
    return std::get<Numbers>(columns_.at(find(name)).second);
  }
  [[nodiscard]] const Texts& texts(const std::string& name) const {
    return std::get<Texts>(columns_.at(find(name)).second);
  }
  Numbers& numbers(const std::string& name) { return std::get<Numbers>(columns_.at(find(name)).second); }

  [[nodiscard]] std::size_t rows() const {
    if (columns_.empty()) return 0;
    return std::visit([](const auto& values) { return values.size(); }, columns_.front().second);
  }

  /// The rows in `order`, which may leave some out and repeat others.
  [[nodiscard]] Table rows(const std::vector<std::size_t>& order) const {
    Table taken;
    for (const auto& [name, values] : columns_) {
      std::visit(
          [&](const auto& all) {
            std::decay_t<decltype(all)> some;
            some.reserve(order.size());
            for (const std::size_t row : order) some.push_back(all[row]);
            taken.add(name, std::move(some));
          },
          values);
    }
    return taken;
  }

  [[nodiscard]] irosurvey::Frame frame() const {
    std::vector<irosurvey::Column> columns;
    for (const auto& [name, values] : columns_) {
      columns.push_back(std::holds_alternative<Numbers>(values)
                            ? irosurvey::Column::of_numbers(name, std::get<Numbers>(values))
                            : irosurvey::Column::of_text(name, std::get<Texts>(values)));
    }
    return irosurvey::Frame(std::move(columns));
  }

 private:
  using Values = std::variant<Numbers, Texts>;

  [[nodiscard]] std::size_t find(const std::string& name) const {
    std::size_t i = 0;
    while (i < columns_.size() && columns_[i].first != name) ++i;
    return i;
  }

  Table& put(std::string name, Values values) {
    const std::size_t i = find(name);
    if (i < columns_.size()) {
      columns_[i].second = std::move(values);
    } else {
      columns_.emplace_back(std::move(name), std::move(values));
    }
    return *this;
  }

  std::vector<std::pair<std::string, Values>> columns_;
};

}  // namespace irosurvey_tests
