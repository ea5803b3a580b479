#include "storage/sqlite/filter_reader.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "storage/sqlite/sliced_filter.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr uint64_t kPlaces = 1 << 14;
constexpr char kBoot[] = "this boot";

absl::Status Continue() { return absl::OkStatus(); }

class FilterReaderTest : public ::testing::Test {
 protected:
  std::unique_ptr<SlicedFilter> OpenToAdd() const {
    return SlicedFilter::Open({.path = path_, .words = kPlaces, .boot = kBoot}).value();
  }
  absl::StatusOr<FilterReader> OpenToRead(const std::string& boot = kBoot,
                                          bool is_served = false) const {
    return FilterReader::Open(
        {.path = path_, .words = kPlaces, .boot = boot, .is_served = is_served});
  }

  testing::TempFolder folder_;
  std::string path_ = folder_.path() + "/f.filter";
};

TEST_F(FilterReaderTest, ReadsOfEachSegmentWhatWasAdded) {
  const auto filter = OpenToAdd();
  filter->Add(3, 7, {1, 2});
  filter->Add(63, 8, {2});

  const auto reader = OpenToRead();
  ASSERT_THAT(reader, IsOk());
  const auto third = reader->Read(3, Continue);
  const auto last = reader->Read(63, Continue);

  ASSERT_TRUE(third.value() && last.value());
  EXPECT_TRUE((*third)->MayHave(1) && (*third)->MayHave(2));
  EXPECT_FALSE((*third)->MayHave(3));
  EXPECT_TRUE((*last)->MayHave(2));
  EXPECT_FALSE((*last)->MayHave(1));
}

TEST_F(FilterReaderTest, TheBitsOfTheSameKeysAreTheSame) {
  const auto filter = OpenToAdd();
  FilterBits alone(kPlaces);
  std::vector<uint64_t> keys;
  for (uint64_t key = 0; key < 500; ++key) {
    keys.push_back(key << 32);
  }
  alone.Add(keys);
  filter->Add(5, 7, keys);

  const FilterBits read = *OpenToRead()->Read(5, Continue).value();

  EXPECT_TRUE(read.Contains(alone));
  EXPECT_TRUE(alone.Contains(read));
}

TEST_F(FilterReaderTest, WithMoreKeysItContainsThoseWithFewer) {
  const std::vector<uint64_t> keys = {1, 2};
  FilterBits few(kPlaces);
  few.Add(std::span(keys).first(1));
  FilterBits more = few;
  more.Add(keys);

  EXPECT_TRUE(more.Contains(few));
  EXPECT_FALSE(few.Contains(more));
}

TEST_F(FilterReaderTest, OfASegmentThatWasNotAddedThereIsNothing) {
  OpenToAdd()->Add(3, 7, {1});

  const auto reader = OpenToRead();

  EXPECT_TRUE(reader->IsAbout(3).value());
  EXPECT_FALSE(reader->IsAbout(4).value());
  EXPECT_FALSE(reader->Read(4, Continue).value().has_value());
}

TEST_F(FilterReaderTest, WhatIsExchangedMeanwhileIsNothing) {
  const auto filter = OpenToAdd();
  filter->Add(3, 7, {1});

  const auto read = OpenToRead()->Read(3, [&] {
    filter->Add(3, 8, {2});
    return absl::OkStatus();
  });

  EXPECT_FALSE(read.value().has_value());
}

TEST_F(FilterReaderTest, AfterAnotherBootWhatWasNotSyncedCountsForAServiceAlone) {
  const auto filter = OpenToAdd();
  filter->Add(3, 7, {1});
  ASSERT_THAT(filter->Sync(), IsOk());
  filter->Add(4, 8, {1});

  EXPECT_TRUE(OpenToRead("another boot")->IsAbout(3).value());
  EXPECT_FALSE(OpenToRead("another boot")->IsAbout(4).value());
  EXPECT_FALSE(OpenToRead("")->IsAbout(4).value());
  EXPECT_TRUE(OpenToRead("another boot", true)->IsAbout(4).value());
}

TEST_F(FilterReaderTest, WhatIsMissingOrNotBegunIsNotFound) {
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kNotFound));

  std::ofstream(path_).close();
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kNotFound));

  std::filesystem::resize_file(path_, kFilterHeaderBytes + 100);
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(FilterReaderTest, WhatIsNoFilterIsLost) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kDataLoss));
  std::filesystem::remove(path_);

  OpenToAdd()->Add(3, 7, {1});
  const auto size = std::filesystem::file_size(path_);
  EXPECT_THAT(FilterReader::Open({.path = path_, .words = 2 * kPlaces}),
              HasCode(absl::StatusCode::kDataLoss));
  std::filesystem::resize_file(path_, size - 1);
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kDataLoss));

  std::ofstream(path_, std::ios::binary) << std::string(size, 'x');
  EXPECT_THAT(OpenToRead(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(FilterReaderTest, WhatIsCutShortMeanwhileIsLost) {
  OpenToAdd()->Add(3, 7, {1});

  const auto read = OpenToRead()->Read(3, [&] {
    std::filesystem::resize_file(path_, kFilterHeaderBytes);
    return absl::OkStatus();
  });

  EXPECT_THAT(read, HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(FilterReaderTest, EndsWhenTold) {
  OpenToAdd()->Add(3, 7, {1});

  EXPECT_THAT(OpenToRead()->Read(3, [] { return absl::CancelledError("enough"); }),
              HasCode(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace daybook::storage::sqlite
