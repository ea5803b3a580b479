#include "journal/pruner.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "journal/summarizer.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/memory_manifest_store.h"
#include "support/memory_retention_store.h"
#include "support/new_events.h"
#include "support/signed_log.h"
#include "support/status_matchers.h"

namespace daybook::journal {
namespace {

using ::daybook::admin::v1::PruneEventsRequest;
using ::daybook::admin::v1::PruneEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kSpan = 65'536;

// A log of two spans and a few events, one hour between the spans, all signed and
// summed up.
class PrunerTest : public ::testing::Test {
 protected:
  PrunerTest() {
    Record(kSpan);
    of_one_span_ = Covered();
    clock_.Advance(absl::Hours(1));
    Record(kSpan);
    clock_.Advance(absl::Hours(1));
    Record(10);
    SumUp(2);
  }

  // So many spans.
  void SumUp(int spans) {
    const Summarizer summarizer({.store = store_,
                                 .manifests = manifests_,
                                 .commits = commits_,
                                 .rules = rules_,
                                 .clock = clock_,
                                 .metrics = metrics_,
                                 .log = log_},
                                {.span_events = kSpan, .pause = absl::Milliseconds(1)});
    manifests_.WaitForAttempts(spans);
    Covered();
  }

  void Record(uint64_t count) {
    const storage::NewEvent one = testing::MakeNewEvent(rules_, testing::EventOf("login"),
                                                        testing::FromTester(), clock_.Now());
    const std::vector<const storage::NewEvent*> events(count, &one);
    ASSERT_THAT(store_.Append(events), IsOk());
  }

  // The newest checkpoint, once it covers all.
  std::string Covered() {
    testing::WaitingAnswer<Published> covered;
    signed_.checkpointer().WhenCovered(store_.Size(), covered.Take());
    return covered.Get().value()->note;
  }

  PruneEventsRequest AllBefore(absl::Time time) {
    PruneEventsRequest request;
    SetTimestamp(absl::ToUnixMicros(time), request.mutable_before());
    request.set_checkpoint(Covered());
    request.set_by("tester");
    request.set_ticket("T-1");
    request.set_reason("a test");
    return request;
  }

  absl::StatusOr<PruneEventsResponse> Prune(const PruneEventsRequest& request,
                                            absl::Duration min_retention = absl::ZeroDuration()) {
    Pruner pruner(
        {.store = store_,
         .checkpoints = signed_.checkpoints(),
         .manifests = manifests_,
         .retention = retention_,
         .checkpointer = signed_.checkpointer(),
         .commits = commits_,
         .rules = rules_,
         .clock = clock_,
         .log = log_,
         .before_drop =
             [this] { begin_before_drop_ = std::max(*retention_.Begin(), store_.Begin()); }},
        {.span_events = kSpan, .min_retention = min_retention, .keys = {signed_.verifier()}});
    testing::WaitingAnswer<PruneEventsResponse> answered;
    pruner.Prune(request, answered.Take());
    return answered.Get();
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  telemetry::Metrics metrics_;
  testing::MemoryEventStore store_{clock_};
  testing::MemoryManifestStore manifests_;
  testing::MemoryRetentionStore retention_;
  std::optional<Seq> begin_before_drop_;
  testing::SignedLog signed_{store_, clock_, metrics_};
  GroupCommit commits_{store_, metrics_, {}};
  std::string of_one_span_;  // a checkpoint
};

TEST_F(PrunerTest, SaysSoWhileAllIsThere) {
  ASSERT_THAT(Prune(AllBefore(clock_.Now() - absl::Minutes(90))), IsOk());

  EXPECT_EQ(begin_before_drop_, Seq(0));
}

TEST_F(PrunerTest, DropsTheSpansThatAreOldEnough) {
  const auto answer = Prune(AllBefore(clock_.Now() - absl::Minutes(90)));

  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->first_kept_seq(), kSpan);
  EXPECT_EQ(answer->event_count(), kSpan);
  EXPECT_EQ(store_.Begin(), Seq(kSpan));
  EXPECT_EQ(*retention_.Begin(), Seq(kSpan));
  ASSERT_TRUE(answer->has_declaration_seq());
  const Event declared = *store_.Get(Seq(answer->declaration_seq()));
  EXPECT_EQ(declared.action(), "ledger.pruned");
  EXPECT_EQ(declared.source(), audit::v1::SOURCE_SERVICE);
  EXPECT_THAT(declared.public_details(),
              HasSubstr(absl::StrCat(R"({"first":0,"last":)", kSpan - 1, R"(,"by":"tester")")));
}

TEST_F(PrunerTest, OnlySaysWhatWouldGo) {
  const uint64_t size = store_.Size().value();
  PruneEventsRequest request = AllBefore(clock_.Now());
  request.set_validate_only(true);

  const auto answer = Prune(request);

  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->event_count(), 2 * kSpan);
  EXPECT_FALSE(answer->has_declaration_seq());
  EXPECT_EQ(store_.Begin(), Seq(0));
  EXPECT_EQ(store_.Size(), LogSize(size));
}

TEST_F(PrunerTest, WhereNothingIsOldEnoughNothingIsSaid) {
  const uint64_t size = store_.Size().value();

  const auto answer = Prune(AllBefore(clock_.Now() - absl::Hours(3)));

  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->event_count(), 0U);
  EXPECT_EQ(store_.Size(), LogSize(size));
}

TEST_F(PrunerTest, WhatTheOutsideCheckpointDoesNotCoverStays) {
  PruneEventsRequest request = AllBefore(clock_.Now());
  request.set_checkpoint(of_one_span_);
  request.set_validate_only(true);

  EXPECT_EQ(Prune(request)->first_kept_seq(), kSpan);
}

TEST_F(PrunerTest, NoMoreGoesThanIsAllowed) {
  PruneEventsRequest request = AllBefore(clock_.Now());
  request.set_first_kept_seq(2 * kSpan - 1);
  request.set_validate_only(true);

  EXPECT_EQ(Prune(request)->first_kept_seq(), kSpan);
}

TEST_F(PrunerTest, ACheckpointThatIsNotOfThisLogIsRefused) {
  for (const std::string& note : {std::string(), std::string("no checkpoint")}) {
    PruneEventsRequest request = AllBefore(clock_.Now());
    request.set_checkpoint(note);
    EXPECT_THAT(Prune(request), HasCode(absl::StatusCode::kInvalidArgument));
  }
  EXPECT_EQ(store_.Begin(), Seq(0));
}

TEST_F(PrunerTest, WhoAsksMustSayWhoAndWhy) {
  const auto answer = Prune({});

  EXPECT_THAT(answer, HasCode(absl::StatusCode::kInvalidArgument));
  std::vector<std::string> fields;
  const auto bad = BadRequestIn(answer.status());
  for (const auto& violation : bad.field_violations()) {
    fields.push_back(violation.field());
  }
  EXPECT_THAT(fields, ElementsAre("by", "ticket", "reason", "before", "checkpoint"));
}

TEST_F(PrunerTest, ATimeThatIsNoneIsRefused) {
  PruneEventsRequest request = AllBefore(clock_.Now());
  request.mutable_before()->set_seconds(INT64_MAX);

  EXPECT_THAT(Prune(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(PrunerTest, WhatIsYoungerThanTheLockStays) {
  const auto answer = Prune(AllBefore(clock_.Now()), absl::Minutes(90));

  EXPECT_THAT(answer, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonIn(answer.status()), "RETENTION_LOCKED");
  EXPECT_EQ(store_.Begin(), Seq(0));
}

TEST_F(PrunerTest, RepeatedItSaysNothingNew) {
  const PruneEventsRequest request = AllBefore(clock_.Now() - absl::Minutes(90));
  ASSERT_THAT(Prune(request), IsOk());
  const uint64_t size = store_.Size().value();

  const auto again = Prune(AllBefore(clock_.Now() - absl::Minutes(90)));

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->event_count(), 0U);
  EXPECT_EQ(store_.Size(), LogSize(size));
}

TEST_F(PrunerTest, WhatTheServiceSaidOfTheLogRemains) {
  ASSERT_THAT(Prune(AllBefore(clock_.Now() - absl::Minutes(90))), IsOk());
  const Seq sealed = manifests_.GetManifest(0).value()->seq;
  const Seq pruned(store_.Size().value() - 1);
  const std::string said = store_.GetLeaf(pruned)->bytes;
  ASSERT_GT(sealed, Seq(kSpan));  // so neither is dropped yet
  EXPECT_EQ(*retention_.KeptLeaf(pruned), std::nullopt);
  Record(kSpan);
  clock_.Advance(absl::Hours(1));
  SumUp(3);

  ASSERT_THAT(Prune(AllBefore(clock_.Now())), IsOk());

  EXPECT_EQ(store_.Begin(), Seq(3 * kSpan));
  EXPECT_EQ(*retention_.KeptLeaf(pruned), said);
  EXPECT_TRUE((*retention_.KeptLeaf(sealed)).has_value());
  EXPECT_TRUE((*retention_.KeptTile(0, pruned.value() / 256)).has_value());
  EXPECT_EQ(*retention_.KeptLeaf(Seq(kSpan)), std::nullopt);
}

TEST_F(PrunerTest, WhatRemainsIsEnoughForTheCheckpointsThatAreKept) {
  const auto sizes = *signed_.checkpoints().Sizes();

  ASSERT_THAT(Prune(AllBefore(clock_.Now())), IsOk());

  for (const LogSize size : sizes) {
    if (size.value() > 2 * kSpan) continue;
    EXPECT_TRUE((*retention_.KeptTile(0, (size.value() - 1) / 256)).has_value()) << size.value();
    EXPECT_TRUE((*retention_.KeptTile(1, (size.value() - 1) / kSpan)).has_value()) << size.value();
  }
}

}  // namespace
}  // namespace daybook::journal
