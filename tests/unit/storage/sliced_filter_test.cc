#include "storage/sqlite/sliced_filter.h"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <gmock/gmock.h>

#include "storage/sqlite/segment_filters.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

constexpr uint64_t kWords = 1 << 12;
constexpr uint64_t kAll = ~uint64_t{0};

class SlicedFilterTest : public ::testing::Test {
 protected:
  std::unique_ptr<SlicedFilter> Open(const SlicedFilter::Tags& tags = {},
                                     const std::string& boot = "this boot",
                                     uint64_t words = kWords) const {
    return SlicedFilter::Open({.path = path_, .words = words, .boot = boot, .tags = tags}).value();
  }

  static SlicedFilter::Tags OneTag(uint64_t tag) {
    SlicedFilter::Tags tags{};
    tags[0] = tag;
    return tags;
  }

  testing::TempFolder folder_;
  std::string path_ = folder_.path() + "/f.filter";
};

TEST_F(SlicedFilterTest, SegmentsThatWereNotAddedMayHaveAnything) {
  const auto filter = Open();

  EXPECT_EQ(filter->MayHave(1), kAll);
  filter->Add(3, 7, {});
  EXPECT_EQ(filter->MayHave(1), kAll & ~(uint64_t{1} << 3));
}

TEST_F(SlicedFilterTest, OfOtherContentNothingOfTheOldStays) {
  const auto filter = Open();
  filter->Add(3, 7, {1, 2});
  filter->Add(4, 7, {1});

  filter->Add(3, 8, {2});

  EXPECT_EQ(filter->MayHave(1) & (uint64_t{3} << 3), uint64_t{1} << 4);
  EXPECT_EQ(filter->MayHave(2) & (uint64_t{3} << 3), uint64_t{1} << 3);
}

TEST_F(SlicedFilterTest, NeverDeniesWhatStaysWhileTheOldIsTakenOut) {
  const auto filter = Open();
  filter->Add(0, 1, {5});
  std::atomic<bool> is_done = false;
  std::thread asks([&] {
    while (!is_done) EXPECT_NE(filter->MayHave(5) & 1, 0U);
  });

  for (uint64_t tag = 2; tag < 2'000; ++tag) filter->Add(0, tag, {5});

  is_done = true;
  asks.join();
}

TEST_F(SlicedFilterTest, NeverDeniesWhatASegmentHas) {
  const auto filter = Open();
  std::mt19937_64 random(5);
  std::vector<std::vector<uint64_t>> keys(SlicedFilter::kSegments);
  for (uint64_t segment = 0; segment < keys.size(); ++segment) {
    for (int i = 0; i < 100; ++i) keys[segment].push_back(random());
    filter->Add(segment, 1, keys[segment]);
  }

  for (uint64_t segment = 0; segment < keys.size(); ++segment) {
    for (const uint64_t key : keys[segment]) {
      EXPECT_NE(filter->MayHave(key) & (uint64_t{1} << segment), 0U);
    }
  }
}

TEST_F(SlicedFilterTest, DeniesNearlyAllThatASegmentHasNot) {
  const auto filter = Open();
  std::mt19937_64 random(5);
  std::vector<uint64_t> keys(kWords / 32);
  for (uint64_t& key : keys) key = random();
  for (uint64_t segment = 0; segment < SlicedFilter::kSegments; ++segment) {
    filter->Add(segment, 1, keys);
  }

  int wrong = 0;
  for (int i = 0; i < 10'000; ++i) wrong += filter->MayHave(random()) != 0 ? 1 : 0;

  EXPECT_LT(wrong, 10);  // 0.00003 of them are expected
}

TEST_F(SlicedFilterTest, NumbersThatFollowEachOtherAreToldApart) {
  const auto filter = Open();
  std::vector<uint64_t> keys;
  for (uint64_t key = 0; key < 100; ++key) keys.push_back(key << 32);
  filter->Add(0, 1, keys);

  int wrong = 0;
  for (uint64_t key = 100; key < 10'100; ++key) {
    if ((filter->MayHave(key << 32) & 1) != 0) ++wrong;
  }

  EXPECT_LT(wrong, 30);
}

TEST_F(SlicedFilterTest, OpeningAgainKnowsWhatWasAdded) {
  Open()->Add(0, 7, {1, 2});

  const auto filter = Open(OneTag(7));

  EXPECT_EQ(filter->added(), 1U);
  EXPECT_EQ(filter->MayHave(2) & 1, 1U);
  EXPECT_EQ(filter->MayHave(99) & 1, 0U);
}

TEST_F(SlicedFilterTest, OtherContentIsNotTrusted) {
  Open()->Add(0, 7, {1, 2});

  EXPECT_EQ(Open(OneTag(8))->added(), 0U);
}

TEST_F(SlicedFilterTest, AfterAnotherBootOnlyWhatWasSyncedIsTrusted) {
  {
    const auto filter = Open();
    filter->Add(0, 7, {1});
    ASSERT_THAT(filter->Sync(), IsOk());
    filter->Add(1, 8, {2});
  }
  SlicedFilter::Tags tags{};
  tags[0] = 7;
  tags[1] = 8;

  EXPECT_EQ(Open(tags, "another boot")->added(), 1U);
}

TEST_F(SlicedFilterTest, AFileOfAnotherShapeIsBegunAnew) {
  Open()->Add(0, 7, {1});

  EXPECT_EQ(Open(OneTag(7), "this boot", 2 * kWords)->added(), 0U);
}

TEST_F(SlicedFilterTest, AFileOfNonsenseIsBegunAnew) {
  Open().reset();
  const auto bytes = std::filesystem::file_size(path_);
  std::ofstream(path_, std::ios::binary) << std::string(bytes, 'x');

  EXPECT_EQ(Open(OneTag(7))->added(), 0U);
}

class SegmentFiltersTest : public ::testing::Test {
 protected:
  std::unique_ptr<SegmentFilters> Open(const std::vector<uint64_t>& tags) const {
    return std::make_unique<SegmentFilters>(
        SegmentFilters::Options{
            .prefix = folder_.path() + "/f", .words = kWords, .boot = "this boot"},
        tags);
  }

  testing::TempFolder folder_;
};

TEST_F(SegmentFiltersTest, AnswersAcrossGroupsNewestFirst) {
  const auto filters = Open({});
  for (uint64_t segment = 0; segment < 200; ++segment) {
    const bool has_it = segment % 70 == 3;
    filters->Add(segment, segment + 1,
                 has_it ? std::vector<uint64_t>{42} : std::vector<uint64_t>{});
  }

  EXPECT_THAT(filters->MayHold(42, 0, 200), ElementsAre(143, 73, 3));
  EXPECT_THAT(filters->MayHold(42, 4, 143), ElementsAre(73));
  EXPECT_THAT(filters->MayHold(42, 0, 202), ElementsAre(201, 200, 143, 73, 3));
  EXPECT_TRUE(filters->MayHold(42, 73));
  EXPECT_FALSE(filters->MayHold(42, 74));
}

TEST_F(SegmentFiltersTest, OpeningAgainTrustsTheTagsItIsGiven) {
  std::vector<uint64_t> tags;
  {
    const auto filters = Open({});
    for (uint64_t segment = 0; segment < 70; ++segment) {
      filters->Add(segment, segment + 1, {segment});
      tags.push_back(segment + 1);
    }
  }
  tags[66] = 999;

  const auto filters = Open(tags);

  EXPECT_TRUE(filters->HasAdded(65));
  EXPECT_FALSE(filters->HasAdded(66));
  EXPECT_THAT(filters->MayHold(65, 0, 70), ElementsAre(66, 65));
}

TEST_F(SegmentFiltersTest, WithoutAFileItsSegmentsMayHoldAnything) {
  std::filesystem::create_directories(folder_.path() + "/f-000000.filter");

  const auto filters = Open({1, 2});
  filters->Add(0, 1, {});

  EXPECT_FALSE(filters->HasAdded(0));
  EXPECT_THAT(filters->MayHold(42, 0, 2), ElementsAre(1, 0));
}

}  // namespace
}  // namespace daybook::storage::sqlite
