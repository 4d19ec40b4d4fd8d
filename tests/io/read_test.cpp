#include "irosurvey/io/read.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "irosurvey/frame/views.hpp"
#include "sample_files.hpp"
#include "support/errors.hpp"

namespace {

using irosurvey::Column;
using irosurvey::ColumnNotes;
using irosurvey::ErrorCode;
using irosurvey::Frame;
using irosurvey::Index;
using irosurvey::Level;
using irosurvey::TagLabel;
using irosurvey::UserMissingRule;
using namespace irosurvey_tests;  // NOLINT(google-build-using-namespace): the sample files are this test's vocabulary
namespace io = irosurvey::io;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

void expect_numbers(const Column& column, const std::vector<double>& expected) {
  const auto view = irosurvey::numbers(column);
  ASSERT_EQ(view.values().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(view.values()[i])) << column.name() << ", row " << i;
    } else {
      EXPECT_EQ(view.values()[i], expected[i]) << column.name() << ", row " << i;
    }
  }
}

std::vector<std::string> texts(const Column& column) {
  const auto coded = *irosurvey::shared_factor(column);
  std::vector<std::string> result;
  for (const std::int32_t code : coded.codes) {
    result.push_back(code < 0 ? "(missing)" : irosurvey::to_text(coded.levels[static_cast<std::size_t>(code)].value));
  }
  return result;
}

using Texts = std::vector<std::string>;

SavFile sav_sample() {
  return {.variables = {{.name = "DUTY",
                         .label = "Any other duty?",
                         .missing_kind = 1,
                         .missing = {-9.0},
                         .value_labels = {{1.0, "Yes"}, {2.0, "No"}, {-9.0, "Not answered"}}},
                        {.name = "HOURS", .missing_kind = -3, .missing = {-8.0, -1.0, 99.0}},
                        {.name = "REGION",
                         .width = 8,
                         .missing_kind = 1,
                         .missing = {std::string("NA")},
                         .value_labels = {{std::string("NE"), "North East"}}}},
          .rows = {{1.0, 37.5, std::string("NE")},
                   {-9.0, -8.0, std::string("")},
                   {2.0, 99.0, std::string("NA")},
                   {sav_missing, -0.5, std::string("L\xc3\xa9on")}},
          .label = "Independent Reviewing Officers"};
}

// ---- multiple-response sets ----

TEST(ResponseSets, AreThoseThatAnSpssFileDefines) {
  const Folder folder;
  SavFile file = sav_sample();
  // A set of codes; one of the value 1, without a label; one of a text, with a label of several words.
  file.response_sets =
      "$codes=C 9 What else duty hours\n$ticked=D1 1 0  duty hours\n$text=D3 Yes 8 Any duty region duty\n";
  const std::vector<io::ResponseSet> found = io::response_sets(folder.write("a.sav", file.bytes()));
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], (io::ResponseSet{"$codes", "What else", {"DUTY", "HOURS"}, {}}));
  EXPECT_EQ(found[1], (io::ResponseSet{"$ticked", "", {"DUTY", "HOURS"}, "1"}));
  EXPECT_EQ(found[2], (io::ResponseSet{"$text", "Any duty", {"REGION", "DUTY"}, "Yes"}));
  // The file's rows are read as ever.
  EXPECT_EQ(io::read(folder.path() / "a.sav").rows(), 4);
}

TEST(ResponseSets, AreInTheFilesEncoding) {
  const Folder folder;
  SavFile file = sav_sample();
  file.encoding = "windows-1252";
  file.rows.pop_back();
  file.response_sets = "$ticked=D1 1 4 Caf\xe9 duty hours\n";
  EXPECT_EQ(io::response_sets(folder.write("a.sav", file.bytes())).at(0).label, "Caf\xc3\xa9");
}

TEST(ResponseSets, OfOtherFilesThereAreNone) {
  const Folder folder;
  EXPECT_TRUE(io::response_sets(folder.write("a.sav", sav_sample().bytes())).empty());
  const auto error = error_of([&] { (void)io::response_sets(folder.path() / "b.sav"); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::read);
  const std::string cut = sav_sample().bytes().substr(0, 300);
  const auto wrong = error_of([&] { (void)io::response_sets(folder.write("c.sav", cut)); });
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->code(), ErrorCode::read);
}

TEST(ResponseSets, ThatCannotBeReadAreAnErrorAndTheRowsAreRead) {
  const Folder folder;
  SavFile broken = sav_sample();
  broken.response_sets = "$ticked=D9 1 4 x\n";
  const auto error = error_of([&] { (void)io::response_sets(folder.write("a.sav", broken.bytes())); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "multiple-response sets"));
  EXPECT_EQ(io::read(folder.path() / "a.sav").rows(), 4);
}

// ---- values ----

TEST(ReadSav, ValuesLabelsAndMissingCodes) {
  const Folder folder;
  const Frame frame = io::read(folder.write("a.sav", sav_sample().bytes()));
  EXPECT_EQ(frame.label(), "Independent Reviewing Officers");
  EXPECT_EQ(frame.names(), (Texts{"DUTY", "HOURS", "REGION"}));
  const Column& duty = frame.column("DUTY");
  EXPECT_EQ(duty.notes().label, "Any other duty?");
  EXPECT_EQ(duty.notes().format, "F8.2");
  EXPECT_EQ(duty.notes().value_labels,
            (std::vector<Level>{{Index{1}, "Yes"}, {Index{2}, "No"}, {Index{-9}, "Not answered"}}));
  expect_numbers(duty, {1, kMissing, 2, kMissing});
  expect_numbers(duty.with_user_missing(UserMissingRule::keep), {1, -9, 2, kMissing});
  expect_numbers(frame.column("HOURS"), {37.5, kMissing, kMissing, -0.5});
  EXPECT_EQ(frame.column("HOURS").notes().user_missing.range, (std::pair{-8.0, -1.0}));
}

TEST(ReadSav, WhatVariablesMeasureAndWhichWeighs) {
  SavFile file = sav_sample();
  file.weight = 2;
  file.measures = {1, 3, 2};
  const Folder folder;
  const auto path = folder.write("a.sav", file.bytes());
  const Frame frame = io::read(path);
  EXPECT_EQ(frame.column("DUTY").notes().measure, irosurvey::Measure::nominal);
  EXPECT_EQ(frame.column("HOURS").notes().measure, irosurvey::Measure::scale);
  EXPECT_EQ(frame.column("REGION").notes().measure, irosurvey::Measure::ordinal);
  EXPECT_TRUE(frame.column("HOURS").notes().weighs);
  EXPECT_FALSE(frame.column("DUTY").notes().weighs);
  EXPECT_FALSE(frame.column("REGION").notes().weighs);
  // Where the weights aren't read, nobody can be told about them.
  EXPECT_FALSE(io::read(path, {.columns = {"DUTY"}}).column("DUTY").notes().weighs);
  file.measures = {0, 7, -1};
  file.weight = 0;
  const Frame unsaid = io::read(folder.write("b.sav", file.bytes()));
  for (const Column& column : unsaid.columns()) {
    EXPECT_EQ(column.notes().measure, irosurvey::Measure::unknown);
    EXPECT_FALSE(column.notes().weighs);
  }
}

TEST(ReadSav, AnEmptyTextIsAValue) {
  const Folder folder;
  const Column region = io::read(folder.write("a.sav", sav_sample().bytes())).column("REGION");
  EXPECT_EQ(texts(region), (Texts{"NE", "", "(missing)", "L\xc3\xa9on"}));
  EXPECT_EQ(region.notes().value_labels, (std::vector<Level>{{std::string("NE"), "North East"}}));
  EXPECT_EQ(texts(region.with_user_missing(UserMissingRule::keep))[2], "NA");
}

TEST(ReadSav, RangesMayBeOpen) {
  SavFile file = sav_sample();
  file.variables[1].missing_kind = -2;
  // LOWEST and HIGHEST, as SPSS writes them
  file.variables[1].missing = {std::nextafter(-std::numeric_limits<double>::max(), 0.0), -1.0};
  const Folder folder;
  const auto range = io::read(folder.write("a.sav", file.bytes())).column("HOURS").notes().user_missing.range;
  ASSERT_TRUE(range);
  EXPECT_EQ(range->first, -std::numeric_limits<double>::infinity());
}

TEST(ReadSav, TheColumnsAskedForInTheirOrder) {
  const Folder folder;
  const auto path = folder.write("a.sav", sav_sample().bytes());
  const Frame frame = io::read(path, {.columns = {"REGION", "DUTY"}});
  EXPECT_EQ(frame.names(), (Texts{"REGION", "DUTY"}));
  expect_numbers(frame.column("DUTY"), {1, kMissing, 2, kMissing});
  EXPECT_EQ(texts(frame.column("REGION"))[3], "L\xc3\xa9on");
  const auto error = error_of([&] { (void)io::read(path, {.columns = {"DUTY", "REGIONS"}}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::column);
  EXPECT_EQ(error->details().candidates, Texts{"REGION"});
  const auto twice = error_of([&] { (void)io::read(path, {.columns = {"DUTY", "DUTY"}}); });
  ASSERT_TRUE(twice);
  EXPECT_EQ(twice->code(), ErrorCode::argument);
}

TEST(ReadSav, ARowThatBreaksOffIsNoRowLess) {
  SavFile file = sav_sample();
  file.promised_rows = -1;  // not known when the head was written
  const std::string bytes = file.bytes();
  const Folder folder;
  EXPECT_EQ(io::read(folder.write("a.sav", bytes)).rows(), 4);
  for (std::size_t cut = 1; cut < 24; ++cut) {
    const auto path = folder.write("a.sav", bytes.substr(0, bytes.size() - cut));
    const auto error = error_of([&] { (void)io::read(path); });
    ASSERT_TRUE(error) << cut;
    EXPECT_EQ(error->code(), ErrorCode::read);
    EXPECT_EQ(error->details().row, 3);
  }
}

TEST(ReadSav, EveryCutIsNoticed) {
  const std::string bytes = sav_sample().bytes();
  const Folder folder;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto path = folder.write("a.sav", bytes.substr(0, size));
    const auto error = error_of([&] { (void)io::read(path); });
    ASSERT_TRUE(error) << size;
    EXPECT_EQ(error->code(), ErrorCode::read) << size;
  }
}

TEST(ReadSav, AnAbsurdPromiseIsRefusedBeforeMemoryIsTaken) {
  SavFile file = sav_sample();
  file.promised_rows = 1'000'000'000;
  const Folder folder;
  const auto path = folder.write("a.sav", file.bytes());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "expected 1000000000 rows of 3 variables, as its head says"));
}

TEST(ReadSav, OneNameForTwoVariablesIsRefused) {
  SavFile file = sav_sample();
  file.variables[1].name = "DUTY";
  const Folder folder;
  const auto path = folder.write("a.sav", file.bytes());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "found 'DUTY' twice"));
}

TEST(ReadSav, TextInTheEncodingThatTheFileNames) {
  SavFile file = sav_sample();
  file.encoding = "windows-1252";
  file.variables[0].label =
      "Schw\xe4"
      "bisch";
  file.rows[3][2] = std::string("L\xe9on");
  const Folder folder;
  const Frame frame = io::read(folder.write("a.sav", file.bytes()));
  EXPECT_EQ(texts(frame.column("REGION"))[3], "L\xc3\xa9on");
  EXPECT_EQ(frame.column("DUTY").notes().label,
            "Schw\xc3\xa4"
            "bisch");
}

TEST(ReadSav, BytesThatAreNoTextAreNamedByRowAndVariable) {
  SavFile file = sav_sample();
  file.rows[1][2] = std::string("L\xe9on");  // not UTF-8, as the file claims
  const Folder folder;
  const auto path = folder.write("a.sav", file.bytes());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->details().row, 1);
  EXPECT_TRUE(mentions(*error, "expected text in UTF-8, found bytes that aren't, in variable 'REGION'"));
  EXPECT_EQ(texts(io::read(path, {.encoding = "latin1"}).column("REGION"))[1], "L\xc3\xa9on");
  const auto unknown = error_of([&] { (void)io::read(path, {.encoding = "klingon"}); });
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->code(), ErrorCode::argument);
}

TEST(ReadSav, ACharacterCutOffAtTheWidthOfItsVariableIsLeftOut) {
  SavFile file = sav_sample();
  file.rows[0][2] = std::string("seven77\xc3");
  const Folder folder;
  EXPECT_EQ(texts(io::read(folder.write("a.sav", file.bytes())).column("REGION"))[0], "seven77");
}

TEST(ReadSav, InAnEncodingWithAStateNoCharacterMovesToTheNextRespondent) {
  // In windows-1258 the converter holds a base letter back, to see whether an accent follows.
  SavFile file = sav_sample();
  file.encoding = "windows-1258";
  file.rows = {{1.0, 1.0, std::string("xa")}, {1.0, 1.0, std::string("b")}, {1.0, 1.0, std::string("a\xec")}};
  const Folder folder;
  const Texts found = texts(io::read(folder.write("a.sav", file.bytes())).column("REGION"));
  EXPECT_EQ(found, (Texts{"xa", "b", "\xc3\xa1"}));
}

TEST(ReadSav, StopsWhenAsked) {
  SavFile file = sav_sample();
  file.rows.assign(50'000, file.rows[0]);
  const Folder folder;
  const auto path = folder.write("a.sav", file.bytes());
  const auto error = error_of([&] { (void)io::read(path, {.interrupt = [] { return true; }}); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::interrupted);
  EXPECT_EQ(io::read(path, {.interrupt = [] { return false; }}).rows(), 50'000);
}

DtaFile dta_sample() {
  const auto row = [](std::int8_t a, std::int16_t b, std::int32_t c, float d, double e, const std::string& text) {
    return raw(a) + raw(b) + raw(c) + raw(d) + raw(e) + padded(text, 6, '\0');
  };
  return {.variables = {{.name = "a", .type = 251, .label = "Any", .label_set = "yesno"},
                        {.name = "b", .type = 252},
                        {.name = "c", .type = 253},
                        {.name = "d", .type = 254},
                        {.name = "e", .type = 255},
                        {.name = "t", .type = 6}},
          .rows = row(-1, 300, 70'000, 0.5F, 1e300, "na\xefve") +
                  row(101, 32741, 2147483621, std::ldexp(1.0F, 127), std::ldexp(1.0, 1023), "") +
                  row(102, 32742, 2147483622, std::ldexp(1.0F, 127) + std::ldexp(1.0F, 115), dta_tag('z'), " x "),
          .row_count = 3,
          .label = "By hand",
          .label_sets = {{"yesno", {{-1, "yes"}, {0, "no"}, {2147483622, "refused"}}}, {"spare", {{1, "one"}}}}};
}

TEST(ReadDta, EveryTypeWithItsMissings) {
  const Folder folder;
  const Frame frame = io::read(folder.write("a.dta", dta_sample().bytes()));
  EXPECT_EQ(frame.label(), "By hand");
  expect_numbers(frame.column("a"), {-1, kMissing, kMissing});
  expect_numbers(frame.column("b"), {300, kMissing, kMissing});
  expect_numbers(frame.column("c"), {70'000, kMissing, kMissing});
  expect_numbers(frame.column("d"), {0.5, kMissing, kMissing});
  expect_numbers(frame.column("e"), {1e300, kMissing, kMissing});
  for (const char* name : {"a", "b", "c", "d"}) {
    EXPECT_EQ(frame.column(name).missing_tag(1), 0) << name;
    EXPECT_EQ(frame.column(name).missing_tag(2), 'a') << name;
  }
  EXPECT_EQ(frame.column("e").missing_tag(2), 'z');
  EXPECT_EQ(frame.column("a").notes().value_labels, (std::vector<Level>{{Index{-1}, "yes"}, {Index{0}, "no"}}));
  EXPECT_EQ(frame.column("a").notes().tag_labels, (std::vector<TagLabel>{{'a', "refused"}}));
}

TEST(ReadDta, AnEmptyTextIsMissingAndBlanksCount) {
  const Folder folder;
  const Frame frame = io::read(folder.write("a.dta", dta_sample().bytes()));
  EXPECT_EQ(texts(frame.column("t")), (Texts{"na\xc3\xafve", "(missing)", " x "}));
}

TEST(ReadDta, EveryCutIsNoticed) {
  const std::string bytes = dta_sample().bytes();
  DtaFile without_second_set = dta_sample();
  without_second_set.label_sets.pop_back();
  DtaFile without_sets = dta_sample();
  without_sets.label_sets.clear();
  const Folder folder;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // The format doesn't say how many sets of labels follow the rows: a file that ends after one of them is whole.
    if (size == without_second_set.bytes().size() || size == without_sets.bytes().size()) continue;
    const auto path = folder.write("a.dta", bytes.substr(0, size));
    const auto error = error_of([&] { (void)io::read(path); });
    ASSERT_TRUE(error) << size;
    EXPECT_EQ(error->code(), ErrorCode::read) << size;
  }
}

TEST(ReadDta, AnAbsurdPromiseIsRefusedBeforeMemoryIsTaken) {
  DtaFile file = dta_sample();
  file.row_count = 2'000'000'000;
  const Folder folder;
  const auto path = folder.write("a.dta", file.bytes());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "expected 2000000000 rows of 6 variables"));
  const std::string variables = "<stata_dta><header><release>119</release><byteorder>LSF</byteorder><K>" +
                                raw<std::uint32_t>(285'000'000) + "</K>" + std::string(200, 'x') + "</stata_dta>";
  const auto absurd = folder.write("b.dta", variables);
  const auto second = error_of([&] { (void)io::read(absurd); });
  ASSERT_TRUE(second);
  EXPECT_TRUE(mentions(*second, "found 285000000 at byte 70"));
}

XptFile xpt_sample() {
  return {.variables = {{.name = "CODE", .label = "Code"},
                        {.name = "SHARE"},
                        {.name = "NAME", .width = 13, .is_text = true}},
          .rows = ibm(1) + ibm(-0.5) + padded("na\xc3\xafve", 13) + ibm(70) + xpt_missing('A') + padded("", 13) +
                  xpt_missing('_') + xpt_missing() + padded("last", 13)};
}

TEST(ReadXpt, ValuesAndMissings) {
  const Folder folder;
  const Frame frame = io::read(folder.write("a.xpt", xpt_sample().bytes()));
  expect_numbers(frame.column("CODE"), {1, 70, kMissing});
  expect_numbers(frame.column("SHARE"), {-0.5, kMissing, kMissing});
  EXPECT_EQ(frame.column("CODE").missing_tag(2), '_');
  EXPECT_EQ(frame.column("SHARE").missing_tag(1), 'a');
  EXPECT_EQ(frame.column("SHARE").missing_tag(2), 0);
  EXPECT_EQ(frame.column("CODE").notes().label, "Code");
  EXPECT_EQ(texts(frame.column("NAME")), (Texts{"na\xc3\xafve", "(missing)", "last"}));
}

TEST(ReadXpt, EveryCutIsNoticedThatTheFormatShows) {
  XptFile file = xpt_sample();
  for (int i = 0; i < 6; ++i) file.rows += file.rows.substr(0, 29);
  const std::string bytes = file.bytes();
  const Folder folder;
  const Index whole = io::read(folder.write("a.xpt", bytes)).rows();
  EXPECT_EQ(whole, 9);
  const std::size_t data = bytes.size() - 320;  // 9 rows of 29 bytes take 4 records
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    if (size == data) continue;  // the format doesn't say how many rows there are: none at all are whole, too
    const auto path = folder.write("a.xpt", bytes.substr(0, size));
    const auto error = error_of([&] { (void)io::read(path); });
    ASSERT_TRUE(error) << size;
    EXPECT_EQ(error->code(), ErrorCode::read) << size;
  }
}

TEST(ReadXpt, SeveralDataSetsAreRefusedByName) {
  const XptFile first = xpt_sample();
  XptFile second = xpt_sample();
  second.data_set = "OTHER";
  const Folder folder;
  const auto path = folder.write("a.xpt", first.bytes() + second.member());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "expected one data set, found 2: 'SAMPLE', 'OTHER'"));
}

TEST(ReadXpt, BlankRowsBeforeTheLastRecordAreRows) {
  const XptFile file{.variables = {{.name = "NAME", .width = 100, .is_text = true}},
                     .rows = padded("first", 100) + std::string(300, ' ')};
  const Folder folder;
  const Frame frame = io::read(folder.write("a.xpt", file.bytes()));
  EXPECT_EQ(texts(frame.column("NAME")), (Texts{"first", "(missing)", "(missing)", "(missing)"}));
}

TEST(ReadXpt, BytesThatAreNoTextNeedAnEncoding) {
  XptFile file = xpt_sample();
  file.rows = ibm(1) + ibm(1) + padded("na\xefve", 13);
  const Folder folder;
  const auto path = folder.write("a.xpt", file.bytes());
  const auto error = error_of([&] { (void)io::read(path); });
  ASSERT_TRUE(error);
  EXPECT_TRUE(mentions(*error, "Give the encoding that it was written in"));
  EXPECT_EQ(texts(io::read(path, {.encoding = "windows-1252"}).column("NAME")), Texts{"na\xc3\xafve"});
}

TEST(Read, NamesWhatIsNoDataFile) {
  const Folder folder;
  const auto message_of = [&](const std::filesystem::path& path) {
    const auto error = error_of([&] { (void)io::read(path); });
    EXPECT_TRUE(error && error->code() == ErrorCode::read);
    return error ? std::string(error->what()) : std::string{};
  };
  const auto expect_in = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  (void)folder.write("manager.sav", sav_sample().bytes());
  expect_in(message_of(folder.path() / "managr.sav"), "found no such file. Did you mean 'manager.sav'?");
  expect_in(message_of(folder.path()), "found a directory");
  expect_in(message_of(folder.write("b.sav", "")), "found an empty file (0 bytes)");
  expect_in(message_of(folder.write("b.sav", "id,weight\n1,2\n")), "found plain text (a CSV file?) from byte 0 on");
  expect_in(message_of(folder.write("b.sav", dta_sample().bytes())), "found a Stata file from byte 0 on");
  expect_in(message_of(folder.write("b.sav", dta_sample().bytes())), "Rename it to end in .dta.");
  expect_in(message_of(folder.write("b.dta", sav_sample().bytes())), "expected a Stata file, as its name says");
  expect_in(message_of(folder.write("b.xpt", "PK\x03\x04 and so on")), "an Excel workbook or another ZIP file");
  expect_in(message_of(folder.write("b.xlsx", "PK\x03\x04 and so on")), "found '.xlsx'");
  expect_in(message_of(folder.write("b", sav_sample().bytes())), "Its first bytes are those of an SPSS file.");
  expect_in(message_of("/dev/null"), "found a device or pipe");
}

TEST(Read, TheNamesEndingMayBeInCapitals) {
  const Folder folder;
  EXPECT_EQ(io::read(folder.write("A.SAV", sav_sample().bytes())).rows(), 4);
}

TEST(Read, RealSurveys) {
  const std::filesystem::path data = IROSURVEY_TEST_DATA_DIR;
  const Frame nhanes = io::read(data / "nhanes2.dta");
  EXPECT_EQ(nhanes.rows(), 10'351);
  EXPECT_TRUE(nhanes.has("finalwgt"));
  const Frame pisa = io::read(data / "pisa2003_nld.zsav");
  EXPECT_EQ(pisa.rows(), 3'992);
}

}  // namespace
