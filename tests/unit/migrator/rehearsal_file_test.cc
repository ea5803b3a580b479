#include "migrator/app/rehearsal_file.h"

#include <atomic>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

#include "core/clock.h"
#include "migrator/backup/names.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RehearsalFile : public ::testing::Test {
 protected:
  Rehearsal Of(const std::string& database, int64_t ended_s = 0) const {
    Rehearsal rehearsal;
    rehearsal.set_database(backup::RealPath(folder_.File(database)));
    rehearsal.set_verdict(Rehearsal::PASSED);
    rehearsal.mutable_ended_at()->set_seconds(ended_s);
    return rehearsal;
  }

  std::string Text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  testing::TempFolder folder_;
  const std::string path_ = folder_.File("app-rehearsal-20251121T000000Z-run.json");
  SystemClock clock_;
  std::atomic<bool> stop_{false};
  Options options_{.database = folder_.File("app.db"), .clock = clock_, .stop = stop_};
  std::vector<std::string> unreadable_;
};

TEST_F(RehearsalFile, IsReadAsItWasWritten) {
  ASSERT_THAT(WriteRehearsal(path_, Of("app.db", 7)), IsOk());

  const auto read = ReadRehearsal(path_);

  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->ended_at().seconds(), 7);
  EXPECT_EQ(read->sha256().size(), 64);
}

TEST_F(RehearsalFile, AnyChangeOfACharacterIsSeen) {
  ASSERT_THAT(WriteRehearsal(path_, Of("app.db", 7)), IsOk());
  const std::string text = Text();

  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'x' ? 'y' : 'x';
    std::ofstream(path_, std::ios::trunc) << changed;
    EXPECT_THAT(ReadRehearsal(path_), HasCode(absl::StatusCode::kDataLoss)) << changed;
  }
  std::ofstream(path_, std::ios::trunc) << text;
  EXPECT_THAT(ReadRehearsal(path_), IsOk());
}

TEST_F(RehearsalFile, WhatIsNoReportIsToldApartFromNothing) {
  EXPECT_THAT(ReadRehearsal(path_), HasCode(absl::StatusCode::kNotFound));
  for (const char* text : {"", "{}", "[", "{\"format\": 1}", "{\"format\": 2, \"sha256\": \"\"}"}) {
    std::ofstream(path_, std::ios::trunc) << text;
    EXPECT_THAT(ReadRehearsal(path_), HasCode(absl::StatusCode::kDataLoss)) << text;
  }
}

TEST_F(RehearsalFile, ThoseOfTheDatabaseAreListedTheNewestFirst) {
  const std::string prefix = folder_.File("app-rehearsal-20251121T00000");
  ASSERT_THAT(WriteRehearsal(prefix + "1Z-a.json", Of("app.db", 1)), IsOk());
  ASSERT_THAT(WriteRehearsal(prefix + "2Z-b.json", Of("app.db", 2)), IsOk());
  ASSERT_THAT(WriteRehearsal(prefix + "3Z-c.json", Of("other/app.db", 3)), IsOk());
  std::ofstream(prefix + "4Z-d.json") << "{";

  const auto listed = ListRehearsals(options_, unreadable_);

  ASSERT_EQ(listed.size(), 2);
  EXPECT_EQ(listed[0].ended_at().seconds(), 2);
  EXPECT_THAT(unreadable_, ElementsAre(HasSubstr("is no report")));
}

TEST_F(RehearsalFile, ABackupOfADatabaseCalledSoIsNone) {
  std::ofstream(folder_.File("app-rehearsal-3-20251121T000000Z-run.json")) << "{}";

  EXPECT_THAT(ListRehearsals(options_, unreadable_), IsEmpty());
  EXPECT_THAT(unreadable_, IsEmpty());
}

}  // namespace
}  // namespace daybook::migrator::app
