#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "estimate/exact_oracle.hpp"
#include "irosurvey/design/design.hpp"
#include "support/random.hpp"
#include "support/table.hpp"

namespace irosurvey_tests {

/// A survey of at most 60 rows in every shape that a design may have, whose numbers a double holds exactly; as data for
/// the engine, and as rational numbers for the oracle.
struct RandomSurvey {
  Table table;
  irosurvey::DesignSpec spec;
  exact::Sample sample;
  bool exact_totals = true;  ///< weights are dyadic fractions: totals are exact in double precision
};

class SurveyMaker {
 public:
  explicit SurveyMaker(Random& random) : random_(random) {}

  RandomSurvey operator()() {
    do {
      draw_stages();
      rows_ = 0;
      for (StageColumns& stage : columns_) stage = {};
      draw_units(0);
    } while (rows_ < 3 || rows_ > kMostRows);
    survey_ = {};
    survey_.spec.singleton =
        random_.one_of<SingletonRule>({SingletonRule::fail, SingletonRule::remove, SingletonRule::certainty,
                                       SingletonRule::adjust, SingletonRule::adjust, SingletonRule::average,
                                       SingletonRule::average, SingletonRule::collapse, SingletonRule::collapse});
    survey_.sample.singleton = survey_.spec.singleton;
    for (std::size_t s = 0; s < stages_.size(); ++s) declare_stage(s);
    draw_weights();
    draw_variables();
    if (random_.once_in(2)) shuffle();
    for (std::size_t row = 0; row < rows_; ++row) survey_.sample.rows.push_back(row);
    return std::move(survey_);
  }

 private:
  using SingletonRule = irosurvey::SingletonRule;
  static constexpr std::size_t kMostRows = 60;

  enum class FpcKind { none, column, number };

  /// How one stage is drawn.
  struct StagePlan {
    bool stratified = false;
    bool clustered = true;
    bool labels_reused = false;  ///< the first cluster of every stratum is 1
    bool labels_are_text = false;
    FpcKind fpc = FpcKind::none;
    double number = 0.0;  ///< for all strata
  };

  struct StageColumns {
    std::vector<int> strata;
    std::vector<int> clusters;
    Numbers fpc;
  };

  void draw_stages() {
    stages_.clear();
    const int count = random_.between(1, 3);
    for (int s = 0; s < count; ++s) {
      StagePlan stage;
      stage.stratified = s == 0 ? !random_.once_in(4) : random_.once_in(3);
      stage.clustered = s + 1 < count || random_.once_in(2);
      stage.labels_reused = random_.once_in(2);
      stage.labels_are_text = random_.once_in(4);
      const bool has_fpc = s == 0 ? !random_.once_in(4) : !random_.once_in(3);
      if (has_fpc) stage.fpc = random_.once_in(4) ? FpcKind::number : FpcKind::column;
      // At most four units are drawn from a stratum.
      stage.number = random_.one_of<double>({0.25, 0.5, 1.0, 4.0, 7.0});
      stages_.push_back(stage);
    }
    columns_.assign(stages_.size(), {});
    unit_labels_.assign(stages_.size(), 0);
  }

  double draw_fpc(const StagePlan& stage, int units) {
    if (stage.fpc == FpcKind::number) return stage.number;
    switch (random_.below(5)) {
      case 0: return random_.one_of<double>({0.5, 0.25, 0.75});
      case 1: return units == 1 ? 1.0 : static_cast<double>(units);  // all of them
      default: return static_cast<double>(units + random_.between(1, 5));
    }
  }

  /// Units of a stage within one higher-stage unit, down to the rows.
  void draw_units(std::size_t s) {
    const StagePlan& stage = stages_[s];
    const int strata = stage.stratified ? random_.between(1, s == 0 ? 3 : 2) : 1;
    for (int h = 0; h < strata; ++h) {
      const int units = random_.between(1, s == 0 ? 4 : 3);
      const double fpc = draw_fpc(stage, units);
      for (int u = 0; u < units; ++u) {
        const std::size_t first = rows_;
        const int label = stage.labels_reused ? u : unit_labels_[s]++;
        if (s + 1 < stages_.size()) {
          draw_units(s + 1);
        } else {
          rows_ += stage.clustered ? static_cast<std::size_t>(random_.between(1, 3)) : 1;
        }
        for (std::size_t row = first; row < rows_; ++row) {
          columns_[s].strata.push_back(h);
          columns_[s].clusters.push_back(label);
          columns_[s].fpc.push_back(fpc);
        }
      }
    }
  }

  void add_labels(const std::string& name, const std::vector<int>& labels, bool as_text) {
    Numbers numbers;
    Texts texts;
    for (const int label : labels) {
      numbers.push_back(static_cast<double>(label));
      texts.emplace_back("unit " + std::to_string(label));
    }
    as_text ? survey_.table.add(name, texts) : survey_.table.add(name, numbers);
  }

  void declare_stage(std::size_t s) {
    const StagePlan& plan = stages_[s];
    const std::string suffix = std::to_string(s + 1);
    irosurvey::Stage stage;
    exact::Stage exact;
    if (plan.stratified) {
      stage.strata = "stratum" + suffix;
      exact.strata = columns_[s].strata;
      add_labels(stage.strata, columns_[s].strata, plan.labels_are_text);
    }
    if (plan.clustered) {
      stage.clusters = "cluster" + suffix;
      exact.clusters = columns_[s].clusters;
      add_labels(stage.clusters, columns_[s].clusters, plan.labels_are_text);
    }
    if (plan.fpc == FpcKind::number) stage.fpc = plan.number;
    if (plan.fpc == FpcKind::column) {
      stage.fpc = "fpc" + suffix;
      survey_.table.add("fpc" + suffix, columns_[s].fpc);
    }
    if (plan.fpc != FpcKind::none) exact.fpc.assign(columns_[s].fpc.begin(), columns_[s].fpc.end());
    survey_.spec.stages.push_back(stage);
    survey_.sample.stages.push_back(std::move(exact));
  }

  /// A column of dyadic fractions, some of them 0, some units all 0; or the inverse of the sampling fractions.
  void draw_weights() {
    survey_.sample.weights.assign(rows_, exact::Rational(1));
    if (random_.once_in(4)) {
      survey_.exact_totals = false;
      return weigh_by_fractions();
    }
    Numbers weights;
    const int zero_unit = random_.once_in(3)
                              ? columns_[0].clusters[static_cast<std::size_t>(random_.below(static_cast<int>(rows_)))]
                              : -1;
    for (std::size_t row = 0; row < rows_; ++row) {
      double weight = random_.one_of<double>({0.5, 1.0, 1.25, 2.0, 3.0, 7.0});
      if (random_.once_in(8) || columns_[0].clusters[row] == zero_unit) weight = 0.0;
      weights.push_back(weight);
      survey_.sample.weights[row] = exact::Rational(weight);
    }
    survey_.spec.weights = "weight";
    survey_.table.add("weight", weights);
  }

  void weigh_by_fractions() {
    exact::Rows all;
    for (std::size_t row = 0; row < rows_; ++row) all.push_back(row);
    weigh(0, all);
  }

  void weigh(std::size_t s, const exact::Rows& rows) {
    if (s == survey_.sample.stages.size()) return;
    for (const exact::Units& stratum : strata_of(survey_.sample.stages[s], rows)) {
      const exact::Rational fraction = fraction_of(survey_.sample.stages[s], stratum);
      for (const exact::Rows& unit : stratum) {
        for (const std::size_t row : unit) {
          if (fraction != 0) survey_.sample.weights[row] /= fraction;
        }
        weigh(s + 1, unit);
      }
    }
  }

  template <class Draw>
  void add_numbers(const std::string& name, int missing_once_in, const Draw& draw) {
    Numbers values;
    for (std::size_t row = 0; row < rows_; ++row) {
      const double value = draw(row);
      const bool missing = missing_once_in > 0 && random_.once_in(missing_once_in);
      values.push_back(missing ? std::numeric_limits<double>::quiet_NaN() : value);
    }
    survey_.table.add(name, values);
  }

  void draw_variables() {
    const int missing = random_.once_in(3) ? 0 : 6;
    add_numbers("y", missing, [&](std::size_t) { return static_cast<double>(random_.between(-8, 8)); });
    add_numbers("x", missing, [&](std::size_t) { return static_cast<double>(random_.between(0, 6)); });
    add_numbers("u", 0, [&](std::size_t) { return 0.25 * random_.between(1, 40); });
    // The first rows have the three levels, so that all of them occur.
    add_numbers("g", 0,
                [&](std::size_t row) { return row < 3 ? static_cast<double>(row) + 1.0 : random_.between(1, 3); });
    if (missing > 0) {
      for (std::size_t row = 3; row < rows_; ++row) {
        if (random_.once_in(missing)) survey_.table.numbers("g")[row] = std::numeric_limits<double>::quiet_NaN();
      }
    }
    add_numbers("by1", missing, [&](std::size_t) { return static_cast<double>(random_.below(3)); });
    Texts by2;
    for (std::size_t row = 0; row < rows_; ++row) {
      by2.push_back(missing > 0 && random_.once_in(9) ? std::nullopt
                                                      : std::optional<std::string>(random_.once_in(2) ? "no" : "yes"));
    }
    survey_.table.add("by2", by2);
  }

  void shuffle() {
    const std::vector<std::size_t> order = random_.permutation(rows_);
    survey_.table = survey_.table.rows(order);
    const auto take = [&](auto& values) {
      if (values.empty()) return;
      auto taken = values;
      for (std::size_t i = 0; i < order.size(); ++i) taken[i] = values[order[i]];
      values = std::move(taken);
    };
    take(survey_.sample.weights);
    for (exact::Stage& stage : survey_.sample.stages) {
      take(stage.strata);
      take(stage.clusters);
      take(stage.fpc);
    }
  }

  Random& random_;
  std::vector<StagePlan> stages_;
  std::vector<StageColumns> columns_;
  std::vector<int> unit_labels_;
  std::size_t rows_ = 0;
  RandomSurvey survey_;
};

}  // namespace irosurvey_tests
