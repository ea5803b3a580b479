#include "journal/spool_import.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "journal/spool_watch.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/open_journal.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Remembers no request id, as a store does once the window is over.
class ForgetfulStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;
  absl::StatusOr<std::optional<Event>> FindRepeated(const storage::NewEvent&) override {
    return std::nullopt;
  }
};

class SpoolImportTest : public ::testing::Test {
 protected:
  SpoolImportTest() {
    auto store = std::make_unique<testing::MemoryEventStore>(clock_);
    memory_ = store.get();
    journal_ = testing::OpenJournal(std::make_unique<ForgetfulStore>(std::move(store)), folder_,
                                    clock_, metrics_, log_);
    import_ = std::make_unique<SpoolImport>(Import());
  }

  SpoolImport Import() {
    return {spool_, {.journal = *journal_, .clock = clock_, .metrics = metrics_, .log = log_}};
  }

  void ImportWaiting() { import_->ImportWaiting(/*stop=*/false); }

  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(spool_.path());
    std::ofstream(spool_.path() + "/" + name) << text;
  }

  std::vector<std::string> Recorded() const {
    std::vector<std::string> request_ids;
    for (uint64_t seq = 0; seq < memory_->Size().value(); ++seq) {
      request_ids.push_back(memory_->Get(Seq(seq))->request_id());
    }
    return request_ids;
  }

  testing::TempFolder folder_;
  const spool::SpoolFolder spool_{folder_.File("spool")};
  testing::ManualClock clock_;
  telemetry::Metrics metrics_;
  std::ostringstream lines_;
  telemetry::Log log_{lines_, clock_};
  testing::MemoryEventStore* memory_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<SpoolImport> import_;
};

const std::array kTwo = {EventOf("migration.applied"), EventOf("migration.failed")};
const std::array kOne = {EventOf("migration.rolled_back")};

TEST_F(SpoolImportTest, RecordsRunsInTheOrderOfTheirNamesAndTakesThemAway) {
  ASSERT_THAT(spool_.Put("b", kOne), IsOk());
  ASSERT_THAT(spool_.Put("a", kTwo), IsOk());

  ImportWaiting();

  EXPECT_THAT(Recorded(), ElementsAre("migration:a:1", "migration:a:2", "migration:b:1"));
  EXPECT_THAT(*spool_.Runs(), IsEmpty());
  EXPECT_THAT(metrics_.Text(),
              HasSubstr("daybook_journal_spool_files_total{outcome=\"imported\"} 2"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_spool_events_total 3"));
}

TEST_F(SpoolImportTest, RecordsUnderTheNameOfTheService) {
  ASSERT_THAT(spool_.Put("a", kOne), IsOk());

  ImportWaiting();

  const auto event = memory_->Get(Seq(0));
  ASSERT_THAT(event, IsOk());
  EXPECT_EQ(event->producer(), "daybook");
  EXPECT_EQ(event->source(), audit::v1::SOURCE_SERVICE);
  EXPECT_EQ(event->action(), "migration.rolled_back");
}

TEST_F(SpoolImportTest, ARunThatComesAgainIsRecordedOnceAlsoWhenItsRequestIdsAreForgotten) {
  for (int i = 0; i < 2; ++i) {
    ASSERT_THAT(spool_.Put("a", kTwo), IsOk());
    ImportWaiting();
  }

  EXPECT_THAT(Recorded(), ElementsAre("migration:a:1", "migration:a:2"));
  EXPECT_THAT(*spool_.Runs(), IsEmpty());
}

TEST_F(SpoolImportTest, ARunThatComesAgainWithOtherEventsIsSetAside) {
  ASSERT_THAT(spool_.Put("a", kTwo), IsOk());
  ImportWaiting();
  ASSERT_THAT(spool_.Put("a", kOne), IsOk());

  ImportWaiting();

  EXPECT_EQ(memory_->Size(), LogSize(2));
  EXPECT_TRUE(std::filesystem::exists(spool_.path() + "/a.jsonl.bad"));
  EXPECT_THAT(lines_.str(), HasSubstr("seq 0"));
}

TEST_F(SpoolImportTest, WhatIsMalformedIsSetAsideAndBlocksNothing) {
  Write("a.jsonl", "no json\n");
  Write("b.jsonl", R"({"action":"migration.applied","details":"no json"})");
  ASSERT_THAT(spool_.Put("c", kOne), IsOk());

  ImportWaiting();

  EXPECT_THAT(Recorded(), ElementsAre("migration:c:1"));
  EXPECT_TRUE(std::filesystem::exists(spool_.path() + "/a.jsonl.bad"));
  EXPECT_TRUE(std::filesystem::exists(spool_.path() + "/b.jsonl.bad"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_spool_files_total{outcome=\"bad\"} 2"));
  EXPECT_THAT(lines_.str(), HasSubstr("line 1: event.details"));
}

TEST_F(SpoolImportTest, WhatTheStoreRefusesWaits) {
  ASSERT_THAT(spool_.Put("a", kOne), IsOk());
  ASSERT_THAT(spool_.Put("b", kOne), IsOk());
  memory_->FailAppends(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, "no space"));

  ImportWaiting();
  ImportWaiting();

  EXPECT_THAT(*spool_.Runs(), ElementsAre("a", "b"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_spool_waiting_files 2"));
  const std::string told = lines_.str();
  EXPECT_EQ(told.find("spool_waits"), told.rfind("spool_waits")) << told;

  memory_->FailAppends(absl::OkStatus());
  ImportWaiting();
  EXPECT_THAT(Recorded(), ElementsAre("migration:a:1", "migration:b:1"));
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_journal_spool_waiting_files 0"));
}

TEST_F(SpoolImportTest, AFolderThatCannotBeReadIsTold) {
  std::ofstream(spool_.path()) << "a file";

  ImportWaiting();

  EXPECT_THAT(lines_.str(), HasSubstr("spool_waits"));
  EXPECT_THAT(lines_.str(), HasSubstr(spool_.path()));
}

TEST_F(SpoolImportTest, StopsBetweenFiles) {
  ASSERT_THAT(spool_.Put("a", kOne), IsOk());

  import_->ImportWaiting(/*stop=*/true);

  EXPECT_THAT(*spool_.Runs(), ElementsAre("a"));
}

TEST_F(SpoolImportTest, AWatchImportsWhatComesLater) {
  const SpoolWatch watch(Import(), absl::Milliseconds(1));

  ASSERT_THAT(spool_.Put("a", kOne), IsOk());

  while (memory_->Size() == LogSize(0)) std::this_thread::yield();
  EXPECT_THAT(Recorded(), ElementsAre("migration:a:1"));
}

TEST_F(SpoolImportTest, AWatchEndsAtOnce) {
  const absl::Time begin = absl::Now();
  { const SpoolWatch watch(Import(), absl::Hours(1)); }

  EXPECT_LT(absl::Now() - begin, absl::Minutes(1));
}

}  // namespace
}  // namespace daybook::journal
