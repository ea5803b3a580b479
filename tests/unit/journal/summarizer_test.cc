#include "journal/summarizer.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "auth/principal.h"
#include "ledger/canonical_text.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/memory_manifest_store.h"
#include "support/naive_tree.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;

// A log that is summed up in spans of four events.
class SummarizerTest : public ::testing::Test {
 protected:
  void Record(int events) {
    for (int i = 0; i < events; ++i) {
      Event event = EventOf("login");
      event.set_outcome(i % 2 == 0 ? audit::v1::OUTCOME_SUCCESS : audit::v1::OUTCOME_FAILURE);
      const std::vector<storage::NewEvent> one = {
          testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now())};
      ASSERT_THAT(store_.Append(testing::PointersTo(one)), IsOk());
      clock_.Advance(absl::Seconds(1));
    }
  }

  // Until so many attempts more were made at keeping a manifest.
  void RunFor(int attempts) {
    const int before = manifests_.attempts();
    GroupCommit commits(store_, metrics_, GroupCommit::Limits());
    const Summarizer summarizer({.store = store_,
                                 .manifests = manifests_,
                                 .commits = commits,
                                 .rules = rules_,
                                 .clock = clock_,
                                 .metrics = metrics_,
                                 .log = log_},
                                {.span_events = 4, .pause = absl::Milliseconds(1)});
    manifests_.WaitForAttempts(before + attempts);
  }

  std::vector<ledger::Hash> Leaves(uint64_t first, uint64_t end) {
    std::vector<ledger::Node> nodes;
    for (uint64_t seq = first; seq < end; ++seq) nodes.push_back({.height = 0, .index = seq});
    return store_.ReadNodes(nodes).value();
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  telemetry::Metrics metrics_;
  testing::MemoryEventStore store_{clock_};
  testing::MemoryManifestStore manifests_;
};

TEST_F(SummarizerTest, SaysWhatACompleteSpanIs) {
  Record(5);
  RunFor(1);

  ASSERT_EQ(store_.Size(), LogSize(6));
  const Event event = *store_.Get(Seq(5));
  const std::string counts = "login,SUCCESS,2\nlogin,FAILURE,2\n";
  const Micros first_time = MicrosOf(store_.Get(Seq(0))->created_at());
  EXPECT_EQ(event.action(), "segment.sealed");
  EXPECT_EQ(event.source(), audit::v1::SOURCE_SERVICE);
  EXPECT_EQ(event.producer(), auth::kService);
  EXPECT_EQ(event.public_details(),
            absl::StrCat(R"({"first":0,"last":3,"root":")",
                         ledger::ToBase64(testing::NaiveRoot(Leaves(0, 4))), R"(","first_time":)",
                         first_time, R"(,"last_time":)", first_time + 3'000'000,
                         R"(,"outcomes":{"SUCCESS":2,"FAILURE":2,"DENIED":0},"counts_sha256":")",
                         absl::BytesToHexString(ledger::AsBytes(ledger::Sha256(counts))), R"("})"));
  EXPECT_EQ(**manifests_.GetManifest(0),
            (storage::StoredManifest{.span = 0, .seq = Seq(5), .counts = counts}));
}

TEST_F(SummarizerTest, LeavesASpanThatIsNotComplete) {
  Record(8);
  RunFor(2);

  EXPECT_EQ(store_.Size(), LogSize(10));
  EXPECT_EQ(*manifests_.CountManifests(), 2U);
}

TEST_F(SummarizerTest, SumsUpASpanThatASummaryCompletes) {
  Record(7);
  RunFor(2);

  EXPECT_EQ(store_.Get(Seq(8))->action(), "segment.sealed");
  EXPECT_EQ((*manifests_.GetManifest(1))->counts,
            "login,SUCCESS,2\nlogin,FAILURE,1\nsegment.sealed,SUCCESS,1\n");
}

TEST_F(SummarizerTest, RecordsNothingTwiceWhereKeepingItFailed) {
  Record(4);
  manifests_.FailAdds(absl::ResourceExhaustedError("the disk is full"));
  RunFor(3);
  EXPECT_EQ(store_.Size(), LogSize(5));
  EXPECT_THAT(log_text_.str(), ::testing::HasSubstr("the disk is full"));

  manifests_.FailAdds(absl::OkStatus());
  RunFor(1);

  EXPECT_EQ(store_.Size(), LogSize(5));
  EXPECT_EQ((*manifests_.GetManifest(0))->seq, Seq(4));
}

TEST_F(SummarizerTest, FindsWhatItRecordedLongAgo) {
  Record(4);
  manifests_.FailAdds(absl::UnavailableError("killed here"));
  RunFor(1);
  clock_.Advance(absl::Hours(24 * 365));
  Record(1);
  manifests_.FailAdds(absl::OkStatus());
  const uint64_t size = store_.Size().value();

  RunFor(1);

  EXPECT_EQ(store_.Size(), LogSize(size));
}

}  // namespace
}  // namespace daybook::journal
