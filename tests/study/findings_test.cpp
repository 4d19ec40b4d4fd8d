#include "irosurvey/study/findings.hpp"

#include <algorithm>

#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using study_test::error_of;
using study_test::Folder;

constexpr std::string_view kHeader =
    "id,study,year,group,base,finding,kind,printed,value,low,high,bounds,source,locator,note\n";

std::vector<Finding> read(const Folder& folder, const std::string& rows) {
  return read_findings(folder.write("findings.csv", std::string(kHeader) + rows));
}

std::string refusal(const std::string& row) {
  const Folder folder;
  return error_of(ErrorCode::read, [&] { read(folder, row); });
}

TEST(Findings, KeepsPrintedDecimalsExactly) {
  const Folder folder;
  const auto findings = read(folder, "x,S,2013,IRO,1600,w,percent,91.7%,91.7,91.65,91.75,rounding,s,l,n\n");
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings.front();
  EXPECT_EQ(finding.bounds.low, (Decimal{9165, 2}));
  EXPECT_EQ(finding.bounds.high, (Decimal{9175, 2}));
  EXPECT_DOUBLE_EQ(finding.value->value(), 91.7);
  EXPECT_EQ(finding.base, 1600);
  EXPECT_EQ(finding.kind, FindingKind::percent);
  EXPECT_EQ(finding.bounds.kind, BoundsKind::rounding);
}

TEST(Findings, BoundsHoldTheirEndsUnlessTheWordsExcludeThem) {
  const Decimal low{50, 0};
  const Decimal high{100, 0};
  EXPECT_TRUE((Bounds{low, high, BoundsKind::words}.hold(50.0)));
  EXPECT_FALSE((Bounds{low, high, BoundsKind::above}.hold(50.0)));
  EXPECT_TRUE((Bounds{low, high, BoundsKind::above}.hold(100.0)));
  EXPECT_FALSE((Bounds{low, high, BoundsKind::below}.hold(100.0)));
  EXPECT_FALSE((Bounds{low, high, BoundsKind::rounding}.hold(49.999)));
}

TEST(Findings, RefusesAFieldAndSaysWhichOne) {
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percnt,1%,1,0.5,1.5,rounding,s,l,n\n").find("Did you mean"), std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percent,1%,1,half,1.5,rounding,s,l,n\n").find("column 'low'"), std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percent,1%,1,2,1.5,rounding,s,l,n\n").find("column 'high'"), std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percent,1%,3,0.5,1.5,rounding,s,l,n\n").find("column 'value'"), std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percent,1%,,0.5,1.5,rounding,s,l,n\n").find("the printed number"),
            std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,,w,percent,100%,100,99.5,100.5,rounding,s,l,n\n").find("0 to 100"),
            std::string::npos);
  EXPECT_NE(refusal("x,S,2013,IRO,0,w,percent,1%,1,0.5,1.5,rounding,s,l,n\n").find("column 'base'"), std::string::npos);
}

TEST(Findings, RefusesAnIdTwice) {
  const std::string row = "x,S,2013,IRO,,w,percent,1%,1,0.5,1.5,rounding,s,l,n\n";
  EXPECT_NE(refusal(row + row).find("line 3, column 'id'"), std::string::npos);
}

TEST(Findings, TheProjectsOwnAreReadable) {
  const auto findings = read_findings(std::string(IROSURVEY_DATA_DIR) + "/findings.csv");
  const auto monitor = std::find_if(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.id == "ncb13-monitor"; });
  ASSERT_NE(monitor, findings.end());
  EXPECT_EQ(monitor->bounds.low, (Decimal{485, 1}));
  EXPECT_EQ(read_authorities(std::string(IROSURVEY_DATA_DIR) + "/authorities.csv").size(), 152u);
}

}  // namespace
}  // namespace irosurvey::study
