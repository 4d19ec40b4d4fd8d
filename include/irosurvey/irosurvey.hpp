#pragma once

/// The engine: frames, designs, estimates and intervals. Files are `irosurvey/io/read.hpp` (component `io`).
#include "irosurvey/core/error.hpp"
#include "irosurvey/core/strong_types.hpp"
#include "irosurvey/design/design.hpp"
#include "irosurvey/design/replicates.hpp"
#include "irosurvey/estimate/estimate.hpp"
#include "irosurvey/estimate/expr.hpp"
#include "irosurvey/estimate/replication.hpp"
#include "irosurvey/estimate/statistic.hpp"
#include "irosurvey/estimate/unit_totals.hpp"
#include "irosurvey/frame/arrow.hpp"
#include "irosurvey/frame/frame.hpp"
#include "irosurvey/frame/views.hpp"
#include "irosurvey/inference/interval.hpp"
#include "irosurvey/inference/multiplicity.hpp"
#include "irosurvey/inference/test_result.hpp"
