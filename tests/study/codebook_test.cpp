#include "irosurvey/study/codebook.hpp"

#include "study/support.hpp"

namespace irosurvey::study {
namespace {

using study_test::error_of;
using study_test::Folder;

constexpr std::string_view kSmall = R"([study]
id = "s"
title = "A survey"
by = "us"
year = 2013
microdata = "SYNTHETIC"
note = "n"
findings = "findings.csv"
findings_study = "S"
authorities = "authorities.csv"

[missing]
codes = [{ value = -9, label = "Not answered" }]

[kinds.text]
label = "Text"
[kinds.frequency]
label = "How often"
labels = [{ value = 1, label = "Always" }, { value = 2, label = "Never" }]
collapsed = [{ label = "Ever", values = [1] }]

[instruments.iro]
label = "IROs"
unit = "IRO"
file = "iro.sav"
[instruments.iro.design]
strata = "region"
clusters = "authority"
weight_rule = "one"
fpc = false
words = "w"
[instruments.iro.variables.zeta]
label = "The first, whatever the alphabet says"
kind = "frequency"
column = "q7"
documented = true
basis = "b"
[instruments.iro.variables.region]
label = "Region"
kind = "text"
missing = []
documented = false
basis = "b"
[instruments.iro.variables.authority]
label = "Authority"
kind = "text"
documented = false
basis = "b"

[findings.f]
instrument = "iro"
statistic = "share"
variables = ["zeta"]
values = [1]
words = "Always"
reading = "ours"
)";

/// The small codebook with one piece of it replaced.
std::string changed(std::string_view piece, std::string_view by) {
  std::string text(kSmall);
  const std::size_t at = text.find(piece);
  if (at == std::string::npos) throw std::runtime_error("no such piece");
  return text.replace(at, piece.size(), by);
}

std::string refusal(const std::string& text) {
  const Folder folder;
  return error_of(ErrorCode::read, [&] { return read_codebook(folder.write("codebook.toml", text)); });
}

void expect_all(const std::string& message, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    EXPECT_NE(message.find(part), std::string::npos) << "no '" << part << "' in: " << message;
  }
}

TEST(Codebook, GivesVariablesWhatTheirKindSays) {
  const Folder folder;
  const Codebook codebook = read_codebook(folder.write("codebook.toml", kSmall));
  const Instrument& iro = codebook.instrument("iro");
  ASSERT_EQ(iro.questions.size(), 3u);
  EXPECT_EQ(iro.questions.front().name, "zeta");  // the order of the file
  const Question& zeta = iro.question("zeta");
  EXPECT_EQ(zeta.column, "q7");
  EXPECT_EQ(zeta.labels.size(), 2u);
  EXPECT_EQ(zeta.collapsed.front().label, "Ever");
  EXPECT_EQ(zeta.missing.front().value, -9);
  EXPECT_TRUE(iro.question("region").missing.empty());
  EXPECT_EQ(iro.question("region").column, "region");
  EXPECT_TRUE(codebook.measure("f")->ours);
  EXPECT_EQ(codebook.measure("g"), nullptr);
}

TEST(Codebook, NamesFileLineAndKey) {
  expect_all(refusal(changed("year = 2013", "year = \"2013\"")),
             {"codebook.toml, line 5", "[study]", "'year'", "a whole number", "2013"});
  expect_all(refusal(changed("title = \"A survey\"\n", "")), {"line 1", "'title'", "found nothing"});
  expect_all(refusal(changed("label = \"How often\"", "lable = \"How often\"")),
             {"line 18", "[kinds.frequency]", "'lable'", "Did you mean", "'label'"});
  expect_all(refusal(changed("year = 2013", "year = = 2013")), {"line 5", "TOML"});
  expect_all(refusal(changed("values = [1]\n", "values = [1.5]\n")), {"'values'", "whole numbers", "1.5"});
  expect_all(refusal(changed("documented = true", "documented = 1")), {"'documented'", "true or false"});
}

TEST(Codebook, RefusesAMeasureOfWhatIsNotThere) {
  expect_all(refusal(changed("variables = [\"zeta\"]", "variables = [\"beta\"]")),
             {"[findings.f]", "'variables'", "'beta'", "Did you mean 'zeta'"});
  expect_all(refusal(changed("instrument = \"iro\"", "instrument = \"irp\"")), {"'irp'", "Did you mean 'iro'"});
  expect_all(refusal(changed("values = [1]\nwords", "words")), {"'values', 'above', 'limits'", "none"});
  expect_all(refusal(changed("statistic = \"share\"", "statistic = \"shares\"")), {"Did you mean"});
  expect_all(refusal(changed("strata = \"region\"", "strata = \"regions\"")), {"'strata'", "Did you mean 'region'"});
}

TEST(Codebook, SaysThatAFileIsNotThere) {
  expect_all(error_of(ErrorCode::read, [] { return read_codebook("/nowhere/codebook.toml"); }),
             {"/nowhere/codebook.toml", "no such file"});
}

TEST(Codebook, FindsFilesBesideItselfFirst) {
  const Folder folder;
  const Codebook codebook = read_codebook(folder.write("codebook.toml", kSmall));
  EXPECT_EQ(codebook.locate("findings.csv", "/elsewhere"), std::filesystem::path("/elsewhere/findings.csv"));
  const auto beside = folder.write("findings.csv", "");
  EXPECT_EQ(codebook.locate("findings.csv", "/elsewhere"), beside);
}

TEST(Codebook, TheProjectsOwnIsWhole) {
  const Codebook codebook = read_codebook(std::string(IROSURVEY_DATA_DIR) + "/codebook.toml");
  EXPECT_EQ(codebook.instruments.size(), 4u);
  EXPECT_EQ(codebook.instrument("manager").design.weights, WeightRule::authorities_respondents);
  EXPECT_TRUE(codebook.instrument("manager").design.fpc);
  EXPECT_EQ(codebook.instrument("dcs").design.population->count, 152);
  EXPECT_EQ(codebook.measure("ncb13-caseload")->above, 70.0);
}

}  // namespace
}  // namespace irosurvey::study
