// Comma-separated files, seen through the list of authorities: the plainest of them.

#include "irosurvey/study/findings.hpp"
#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using study_test::error_of;
using study_test::Folder;

constexpr std::string_view kHeader = "code,name,region_code,region,type\n";

std::vector<Authority> read(std::string_view text) {
  const Folder folder;
  return read_authorities(folder.write("a.csv", text));
}

std::vector<Authority> read_rows(std::string_view rows) { return read(std::string(kHeader) + std::string(rows)); }

void expect_refused(std::string_view text, std::string_view part) {
  const std::string message = error_of(ErrorCode::read, [&] { return read(text); });
  EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
}

TEST(Csv, ReadsFieldsByColumnNameInAnyOrder) {
  const auto rows = read("type,region,name,code,region_code\nt,r,n,c,rc\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].code, "c");
  EXPECT_EQ(rows[0].name, "n");
  EXPECT_EQ(rows[0].region_code, "rc");
  EXPECT_EQ(rows[0].region, "r");
  EXPECT_EQ(rows[0].type, "t");
}

TEST(Csv, KeepsCommasQuotesAndLineBreaksInsideQuotes) {
  const auto rows = read_rows("a,\"Hull, \"\"City\"\" of\",b,\"two\nlines\",c\nd,e,f,g,h");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "Hull, \"City\" of");
  EXPECT_EQ(rows[0].region, "two\nlines");
  EXPECT_EQ(rows[1].type, "h");
}

TEST(Csv, TakesWindowsLineEndsAByteOrderMarkAndBlankLines) {
  const auto rows = read(
      "\xEF\xBB\xBF"
      "code,name,region_code,region,type\r\n\r\na,b,c,d,e\r\n\r\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].type, "e");
}

TEST(Csv, CountsLinesThroughQuotedBreaks) {
  expect_refused(std::string(kHeader) + "a,\"1\n2\",b,c,d\ne,f\n", "line 4: expected 5 fields, found 2");
}

TEST(Csv, RefusesWhatIsNotWellFormed) {
  const std::string header(kHeader);
  expect_refused(header + "\"a,b,c,d,e\n", "line 2: expected a closing quotation mark");
  expect_refused(header + "a\"x\",b,c,d,e\n", "quotation marks around a whole field");
  expect_refused(header + "\"a\"x,b,c,d,e\n", "found 'x'");
  expect_refused("", "names the columns");
}

TEST(Csv, NamesUnknownMissingAndDoubleColumns) {
  expect_refused("code,name,region_code,regoin,type\n", "Did you mean 'region'");
  expect_refused("code,name,region_code,type\n", "'region'");
  expect_refused("code,name,region_code,region,type,code\n", "'code' twice");
}

TEST(Csv, NamesTheFieldThatIsEmptyOrThereTwice) {
  expect_refused(std::string(kHeader) + "a,b,,d,e\n", "line 2, column 'region_code': expected a value, found nothing");
  expect_refused(std::string(kHeader) + "a,b,c,d,e\na,b,c,d,e\n", "line 3, column 'code': expected every code once");
}

TEST(Csv, NamesAFileThatIsNotThere) {
  EXPECT_NE(error_of(ErrorCode::read, [] { return read_authorities("/nowhere/a.csv"); }).find("/nowhere/a.csv"),
            std::string::npos);
}

}  // namespace
}  // namespace irosurvey::study
