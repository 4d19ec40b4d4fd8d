#include "irosurvey/frame/arrow.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "handmade_arrow.hpp"
#include "irosurvey/frame/views.hpp"
#include "support/errors.hpp"

namespace {

using irosurvey::Column;
using irosurvey::ErrorCode;
using irosurvey::export_stream;
using irosurvey::Frame;
using irosurvey::import_stream;
using irosurvey::Index;
using irosurvey::numbers;
using irosurvey::UserMissingRule;
using irosurvey_tests::bits_of;
using irosurvey_tests::bytes_of;
using irosurvey_tests::error_of;
using irosurvey_tests::HandmadeArray;
using irosurvey_tests::mentions;
using irosurvey_tests::metadata_of;
using irosurvey_tests::stream_of;
using irosurvey_tests::struct_of;
using irosurvey_tests::text_bytes;
using irosurvey_tests::unreleased;

Frame imported(std::vector<HandmadeArray> batches) {
  ArrowArrayStream stream = stream_of(std::move(batches));
  return import_stream(&stream);
}

// The arrays of an exported stream; the test releases them.
template <class Exported>
std::vector<ArrowArray> arrays_of(const Exported& exported) {
  ArrowArrayStream stream{};
  export_stream(exported, &stream);
  std::vector<ArrowArray> arrays;
  while (true) {
    ArrowArray array{};
    EXPECT_EQ(stream.get_next(&stream, &array), 0);
    if (array.release == nullptr) break;
    arrays.push_back(array);
  }
  stream.release(&stream);
  return arrays;
}

void release(std::vector<ArrowArray>& arrays) {
  for (ArrowArray& array : arrays) array.release(&array);
}

Frame round_trip(const Frame& frame) {
  ArrowArrayStream stream{};
  export_stream(frame, &stream);
  return import_stream(&stream);
}

HandmadeArray doubles(const std::vector<double>& values, std::shared_ptr<std::string> valid = nullptr) {
  const auto length = static_cast<Index>(values.size());
  return {.format = "g", .length = length, .buffers = {std::move(valid), bytes_of(values)}};
}

TEST(Arrow, TheSameBuffersGoInAndOut) {
  const HandmadeArray first = doubles({1, 2, 3}, bits_of({1, 0, 1}));
  const HandmadeArray second = doubles({4, 5});
  {
    const Frame frame = imported({struct_of({first}, {"x"}, 3), struct_of({second}, {"x"}, 2)});
    EXPECT_EQ(frame.rows(), 5);
    std::vector<ArrowArray> batches = arrays_of(frame);
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(batches[0].children[0]->buffers[0], first.buffers[0]->data());
    EXPECT_EQ(batches[0].children[0]->buffers[1], first.buffers[1]->data());
    EXPECT_EQ(batches[1].children[0]->buffers[0], nullptr);
    EXPECT_EQ(batches[1].children[0]->buffers[1], second.buffers[1]->data());
    std::vector<ArrowArray> chunks = arrays_of(frame.column("x"));
    ASSERT_EQ(chunks.size(), 2U);
    EXPECT_EQ(chunks[0].buffers[1], first.buffers[1]->data());
    release(chunks);
    release(batches);
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, TheOtherRuleOverTheSameValues) {
  const HandmadeArray array = doubles({-9, 1}, bits_of({1, 1}));
  const Frame frame = imported({struct_of({array}, {"x"}, 2)});
  const Column column = frame.column("x").with_notes({.user_missing = {.codes = {Index{-9}}, .range = {}}});
  std::vector<ArrowArray> strict = arrays_of(column);
  EXPECT_EQ(strict[0].buffers[1], array.buffers[1]->data());
  EXPECT_NE(strict[0].buffers[0], array.buffers[0]->data());
  EXPECT_EQ(*static_cast<const unsigned char*>(strict[0].buffers[0]) & 3, 2);
  std::vector<ArrowArray> kept = arrays_of(column.with_user_missing(UserMissingRule::keep));
  EXPECT_EQ(kept[0].buffers[1], array.buffers[1]->data());
  EXPECT_EQ(kept[0].buffers[0], array.buffers[0]->data());
  release(kept);
  release(strict);
}

TEST(Arrow, AStructsOffsetIsItsChildrensToo) {
  HandmadeArray child = doubles({0, 1, 2, 3, 4, 5}, bits_of({1, 1, 1, 1, 0, 1}));
  child.offset = 1;
  child.length = 5;
  const Frame frame = imported({struct_of({child}, {"x"}, 3, 2)});
  for (const Frame& same : {frame, round_trip(frame)}) {
    const auto view = numbers(same.column("x"));
    ASSERT_EQ(view.values().size(), 3U);
    EXPECT_EQ(view.values()[0], 3);
    EXPECT_TRUE(std::isnan(view.values()[1]));
    EXPECT_EQ(view.values()[2], 5);
  }
}

TEST(Arrow, ColumnsThatAreCutDifferentlyMeetWithoutACopy) {
  const HandmadeArray a = doubles({1, 2});
  const HandmadeArray b = doubles({3, 4, 5});
  const Frame chunked = imported({struct_of({a}, {"x"}, 2), struct_of({b}, {"x"}, 3)});
  const Frame frame = chunked.with_column(Column::of_integers("i", {1, 2, 3, 4, 5}));
  std::vector<ArrowArray> batches = arrays_of(frame);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(batches[0].length, 2);
  EXPECT_EQ(batches[1].length, 3);
  EXPECT_EQ(batches[1].children[0]->buffers[1], b.buffers[1]->data());
  EXPECT_EQ(batches[0].children[1]->buffers[1], batches[1].children[1]->buffers[1]);
  EXPECT_EQ(batches[1].children[1]->offset, 2);
  release(batches);
  // What was cut only because its neighbour was is whole again.
  const Frame again = round_trip(frame);
  std::vector<ArrowArray> whole = arrays_of(again.column("i"));
  EXPECT_EQ(whole.size(), 1U);
  release(whole);
  EXPECT_EQ(numbers(again.column("i")).values()[4], 5);
}

TEST(Arrow, AConsumerMayKeepAChildAndReleaseTheRest) {
  {
    std::vector<ArrowArray> batches;
    {
      const Frame frame = imported({struct_of({doubles({1, 2}), doubles({7, 8})}, {"x", "y"}, 2)});
      batches = arrays_of(frame);
    }
    ArrowArray moved = *batches[0].children[1];
    batches[0].children[1]->release = nullptr;
    release(batches);
    EXPECT_EQ(static_cast<const double*>(moved.buffers[1])[1], 8);
    moved.release(&moved);
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, AnyTypeIsCarried) {
  const HandmadeArray items{.format = "i", .length = 3, .buffers = {nullptr, bytes_of<std::int32_t>({1, 2, 3})}};
  const HandmadeArray list{.format = "+l",
                           .length = 2,
                           .buffers = {nullptr, bytes_of<std::int32_t>({0, 1, 3})},
                           .children = {items},
                           .child_names = {"item"}};
  {
    const Frame frame = round_trip(imported({struct_of({list}, {"x"}, 2)}));
    EXPECT_EQ(frame.column("x").arrow_format(), "+l");
    std::vector<ArrowArray> batches = arrays_of(frame);
    const ArrowArray& child = *batches[0].children[0];
    ASSERT_EQ(child.n_children, 1);
    EXPECT_EQ(child.children[0]->buffers[1], items.buffers[1]->data());
    release(batches);
    const auto error = error_of([&] { (void)numbers(frame.column("x")); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(mentions(*error, "found nested values"));
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, NotesTravelAsMetadata) {
  const double open = std::numeric_limits<double>::infinity();
  const irosurvey::ColumnNotes notes{
      .label = "How \"often\"\nper \\ year? \xf0\x9f\x98\x80",
      .value_labels = {{Index{1}, "nie"}, {0.5, "h\xc3\xa4lftig"}, {std::string("\t\x01"), "control"}},
      .user_missing = {.codes = {Index{-9}, std::string("NA")}, .range = {{-open, -0.25}}},
      .format = "F8.2",
      .tag_labels = {{'a', "refused"}, {'_', ""}},
      .measure = irosurvey::Measure::ordinal,
      .weighs = true};
  const Frame frame({Column::of_numbers("x", {1}, notes), Column::of_numbers("plain", {1})}, "a \"label\"");
  const Frame again = round_trip(frame);
  EXPECT_EQ(again.label(), "a \"label\"");
  EXPECT_EQ(again.column("x").notes(), notes);
  EXPECT_EQ(again.column("plain").notes(), irosurvey::ColumnNotes{});
}

TEST(Arrow, UserMissingCodesAreFoundAgainIfTheyTravelledAsValues) {
  const Frame frame({Column::of_numbers("x", {1, -9}, {.user_missing = {.codes = {Index{-9}}, .range = {}}})});
  const Column column = round_trip(frame.with_user_missing(UserMissingRule::keep)).column("x");
  EXPECT_TRUE(column.is_missing(1));
  EXPECT_EQ(numbers(column.with_user_missing(UserMissingRule::keep)).values()[1], -9);
}

TEST(Arrow, DictionariesKeepTheirNotes) {
  const auto words = std::make_shared<HandmadeArray>(HandmadeArray{
      .format = "u", .length = 2, .buffers = {nullptr, bytes_of<std::int32_t>({0, 1, 2}), text_bytes("ab")}});
  const HandmadeArray array{
      .format = "c", .length = 3, .buffers = {nullptr, bytes_of<std::int8_t>({1, 0, 1})}, .dictionary = words};
  {
    const Frame frame = round_trip(imported({struct_of({array}, {"g"}, 3)}));
    EXPECT_EQ(irosurvey::shared_factor(frame.column("g"))->codes, (std::vector<std::int32_t>{1, 0, 1}));
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, FramesOfNoRowsAndOfNoColumns) {
  EXPECT_EQ(round_trip(Frame({Column::of_numbers("x", {})})).names(), (std::vector<std::string>{"x"}));
  EXPECT_TRUE(round_trip(Frame{}).columns().empty());
}

TEST(Arrow, AProducersFailureIsPassedOn) {
  const HandmadeArray batch = struct_of({doubles({1})}, {"x"}, 1);
  {
    ArrowArrayStream stream = stream_of({batch, batch}, "", 1);
    const auto error = error_of([&] { (void)import_stream(&stream); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::read);
    EXPECT_TRUE(mentions(*error, "the disk is on fire"));
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, AStreamOfAnythingButStructsIsRefused) {
  {
    ArrowArrayStream stream = stream_of({doubles({1})});
    const auto error = error_of([&] { (void)import_stream(&stream); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(mentions(*error, "expected a table: a stream of structs, found a stream of Arrow type 'g'"));
  }
  {
    HandmadeArray batch = struct_of({doubles({1, 2})}, {"x"}, 2);
    batch.null_count = 1;
    batch.buffers = {bits_of({1, 0})};
    ArrowArrayStream stream = stream_of({batch});
    const auto error = error_of([&] { (void)import_stream(&stream); });
    ASSERT_TRUE(error);
    EXPECT_TRUE(mentions(*error, "structs that are null as a whole"));
  }
  EXPECT_EQ(unreleased(), 0);
}

TEST(Arrow, MetadataOfOthersIsPassedOn) {
  HandmadeArray child = doubles({1});
  child.metadata = metadata_of("theirs", "kept");
  const Frame frame = imported({struct_of({child}, {"x"}, 1)});
  ArrowArrayStream stream{};
  export_stream(frame, &stream);
  ArrowSchema schema{};
  ASSERT_EQ(stream.get_schema(&stream, &schema), 0);
  ASSERT_NE(schema.children[0]->metadata, nullptr);
  EXPECT_EQ(std::string(schema.children[0]->metadata, child.metadata.size()), child.metadata);
  schema.release(&schema);
  stream.release(&stream);
}

TEST(Arrow, NotesThatCannotBeUnderstoodAreNamed) {
  for (const std::string text :
       {"[[1,\"one\"", "[[1]]", "[[1,2]]", "{}", "[[1,\"a\"]] and more", "[[\"\\ud83d\",\"\"]]"}) {
    HandmadeArray child = doubles({1});
    child.metadata = metadata_of("irosurvey.value_labels", text);
    ArrowArrayStream stream = stream_of({struct_of({child}, {"x"}, 1)});
    const auto error = error_of([&] { (void)import_stream(&stream); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::read);
    EXPECT_TRUE(mentions(*error, "column 'x': expected metadata 'irosurvey.value_labels'"));
  }
  EXPECT_EQ(unreleased(), 0);
}

}  // namespace
