#include "spool/spool_folder.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>

#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::spool {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::FullEvent;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Event Applied() {
  Event event = FullEvent();
  event.set_action("migration.applied");
  return event;
}

class SpoolFolderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(spool_.path());
    std::ofstream(File(name)) << text;
  }
  std::string File(const std::string& name) const { return spool_.path() + "/" + name; }

  testing::TempFolder folder_;
  const SpoolFolder spool_{folder_.File("data/spool")};
};

TEST_F(SpoolFolderTest, WhatIsPutIsRead) {
  const Event failed = EventOf("migration.failed");

  ASSERT_THAT(spool_.Put("run-1", std::array{Applied(), failed}), IsOk());

  const auto events = spool_.Read("run-1");
  ASSERT_THAT(events, IsOk());
  ASSERT_EQ(events->size(), 2);
  EXPECT_EQ((*events)[0].SerializeAsString(), Applied().SerializeAsString());
  EXPECT_EQ((*events)[1].SerializeAsString(), failed.SerializeAsString());
}

TEST_F(SpoolFolderTest, AnEventIsALineOfTheContractsJson) {
  ASSERT_THAT(spool_.Put("run-1", std::array{Applied(), Applied()}), IsOk());

  std::ifstream file(File("run-1.jsonl"));
  const std::string text(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_THAT(text, HasSubstr(R"("action":"migration.applied")"));
  EXPECT_THAT(text, HasSubstr(R"("telegram_id":"100200300")"));
}

TEST_F(SpoolFolderTest, RunsComeInTheOrderOfTheirNames) {
  for (const char* run : {"b", "c", "a"})
    ASSERT_THAT(spool_.Put(run, std::array{Applied()}), IsOk());

  EXPECT_THAT(*spool_.Runs(), ElementsAre("a", "b", "c"));
}

TEST_F(SpoolFolderTest, WithoutAFolderNothingWaits) { EXPECT_THAT(*spool_.Runs(), IsEmpty()); }

TEST_F(SpoolFolderTest, OnlyFinishedFilesWait) {
  Write("run-1.jsonl.new", "{");
  Write("run-2.jsonl.bad", "{");
  Write("notes.txt", "");
  std::filesystem::create_directories(File("folder.jsonl"));
  std::filesystem::create_symlink("/etc/passwd", File("link.jsonl"));

  EXPECT_THAT(*spool_.Runs(), IsEmpty());
}

TEST_F(SpoolFolderTest, ARunPutAgainReplacesWhatItLeft) {
  ASSERT_THAT(spool_.Put("run-1", std::array{Applied(), Applied()}), IsOk());
  ASSERT_THAT(spool_.Put("run-1", std::array{Applied()}), IsOk());

  EXPECT_EQ(spool_.Read("run-1")->size(), 1);
}

TEST_F(SpoolFolderTest, NamesThatAreNoRunsAreRefused) {
  for (const std::string& run :
       {std::string(), std::string("../run"), std::string("a b"), std::string(41, 'a')}) {
    EXPECT_THAT(spool_.Put(run, std::array{Applied()}), HasCode(absl::StatusCode::kInvalidArgument))
        << run;
  }
  EXPECT_THAT(spool_.Put(std::string(40, 'a'), std::array{Applied()}), IsOk());
}

TEST_F(SpoolFolderTest, OnlyMigrationsAreSpooled) {
  EXPECT_THAT(spool_.Put("run-1", std::array{Applied(), EventOf("login")}),
              HasCode(absl::StatusCode::kInvalidArgument));

  Write("run-2.jsonl", "{\"action\":\"audit.erased\"}\n");
  EXPECT_THAT(spool_.Read("run-2"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(SpoolFolderTest, ARunLeavesOneEventToAThousand) {
  EXPECT_THAT(spool_.Put("none", {}), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(spool_.Put("most", std::vector<Event>(kMaxEvents, EventOf("migration.applied"))),
              IsOk());
  EXPECT_THAT(spool_.Put("more", std::vector<Event>(kMaxEvents + 1, EventOf("migration.applied"))),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(SpoolFolderTest, WhatIsNoEventIsMalformed) {
  for (const char* text : {"", "\n", "{", "[]", "not json\n", "{\"acton\":\"migration.applied\"}\n",
                           "{\"action\":\"migration.applied\"}\n{\n",
                           "{\"action\":\"migration.applied\",\"user_id\":\"seven\"}\n"}) {
    Write("run-1.jsonl", text);
    EXPECT_THAT(spool_.Read("run-1"), HasCode(absl::StatusCode::kInvalidArgument)) << text;
  }
}

TEST_F(SpoolFolderTest, AHugeFileIsMalformed) {
  Write("run-1.jsonl", std::string(kMaxBytes + 1, ' '));

  EXPECT_THAT(spool_.Read("run-1"), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(SpoolFolderTest, WhatIsRemovedIsGone) {
  ASSERT_THAT(spool_.Put("run-1", std::array{Applied()}), IsOk());

  ASSERT_THAT(spool_.Remove("run-1"), IsOk());

  EXPECT_THAT(*spool_.Runs(), IsEmpty());
  EXPECT_THAT(spool_.Read("run-1"), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(SpoolFolderTest, WhatIsSetAsideIsKept) {
  ASSERT_THAT(spool_.Put("run-1", std::array{Applied()}), IsOk());

  ASSERT_THAT(spool_.SetAside("run-1"), IsOk());

  EXPECT_THAT(*spool_.Runs(), IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(File("run-1.jsonl.bad")));
}

}  // namespace
}  // namespace daybook::spool
