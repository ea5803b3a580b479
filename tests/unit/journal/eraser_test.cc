#include "journal/eraser.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "journal/await.h"
#include "journal/erasable_events.h"
#include "journal/erasure_request.h"
#include "storage/manifest.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_erasure_journal.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::journal {
namespace {

using ::daybook::admin::v1::EraseEventsRequest;
using ::daybook::admin::v1::EraseEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;
using ::daybook::testing::EventOf;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A log of ten events, of persons `p0` and `p1` in turns, and what erases from it.
class EraserTest : public ::testing::Test {
 protected:
  EraserTest() {
    for (int i = 0; i < 10; ++i) {
      Event event = EventOf("login");
      event.set_telegram_id(absl::StrCat("p", i % 2));
      event.set_ip_address("192.0.2.7");
      Record(event, testing::FromTester(absl::StrCat("id-", i)));
    }
  }

  void Record(const Event& event, const event::Provenance& provenance) {
    const std::vector<storage::NewEvent> events = {
        testing::MakeNewEvent(rules_, event, provenance, clock_.Now())};
    ASSERT_THAT(store_.Append(testing::PointersTo(events)), IsOk());
  }

  void Start() {
    eraser_.reset();
    commits_.reset();
    commits_ = std::make_unique<GroupCommit>(store_, metrics_, GroupCommit::Limits());
    eraser_ = std::make_unique<Eraser>(Eraser::Collaborators{.store = store_,
                                                             .journal = journal_,
                                                             .commits = *commits_,
                                                             .rules = rules_,
                                                             .clock = clock_,
                                                             .metrics = metrics_,
                                                             .log = log_});
    eraser_->WaitUntilSettled();
  }

  static EraseEventsRequest Request(const std::string& filter) {
    EraseEventsRequest request;
    request.set_filter(filter);
    request.add_groups(ledger::v1::FIELD_GROUP_SUBJECT);
    request.set_by("dpo");
    request.set_ticket("T-1");
    request.set_reason("asked \"to\" be forgotten");
    return request;
  }

  absl::StatusOr<EraseEventsResponse> Erase(const EraseEventsRequest& request) {
    return Await<EraseEventsResponse>(
        [&](Answer<EraseEventsResponse> answer) { eraser_->Erase(request, std::move(answer)); });
  }

  std::string TelegramId(uint64_t seq) { return store_.Get(Seq(seq))->telegram_id(); }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  testing::MemoryEventStore store_{clock_};
  testing::MemoryErasureJournal journal_;
  std::unique_ptr<GroupCommit> commits_;
  std::unique_ptr<Eraser> eraser_;
};

TEST_F(EraserTest, DeclaresThenErases) {
  Start();

  const auto response = Erase(Request("telegram_id = \"p1\""));

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->event_count(), 5U);
  EXPECT_EQ(response->segment_count(), 1U);
  EXPECT_EQ(response->as_of_size(), 10U);
  EXPECT_THAT(response->declaration_seqs(), ElementsAre(10));
  for (const uint64_t seq : {1, 3, 5, 7, 9}) EXPECT_EQ(TelegramId(seq), "") << seq;
  for (const uint64_t seq : {0, 2, 4, 6, 8}) EXPECT_EQ(TelegramId(seq), "p0") << seq;
  EXPECT_EQ(store_.Get(Seq(1))->ip_address(), "192.0.2.7");
  EXPECT_THAT(*journal_.Unfinished(), IsEmpty());
}

TEST_F(EraserTest, TheDeclarationSaysWhatAndWhyAndNamesNobody) {
  Start();
  EraseEventsRequest request = Request("telegram_id = \"p1\"");
  request.add_groups(ledger::v1::FIELD_GROUP_CLIENT);

  ASSERT_THAT(Erase(request), IsOk());

  const Event declaration = store_.Get(Seq(10)).value();
  EXPECT_EQ(declaration.action(), "audit.erased");
  EXPECT_EQ(declaration.source(), audit::v1::SOURCE_SERVICE);
  EXPECT_EQ(declaration.producer(), "daybook");
  EXPECT_EQ(declaration.public_details(),
            R"({"by":"dpo","ticket":"T-1","reason":"asked \"to\" be forgotten",)"
            R"("groups":["subject","client"],"count":5,"part":1,"of":1})");
  EXPECT_EQ(declaration.details(), R"({"ranges":[[1,1],[3,3],[5,5],[7,7],[9,9]]})");
}

TEST_F(EraserTest, NeighboursAreOneRange) {
  Start();

  ASSERT_THAT(Erase(Request("action = login")), IsOk());

  EXPECT_EQ(store_.Get(Seq(10))->details(), R"({"ranges":[[0,9]]})");
}

TEST_F(EraserTest, ManyPlacesTakeSeveralEvents) {
  for (int i = 10; i < 2'000; ++i) {
    Event event = EventOf("login");
    event.set_telegram_id(absl::StrCat("p", i % 2));
    Record(event, testing::FromTester());
  }
  Start();

  const auto response = Erase(Request("telegram_id = \"p1\""));

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->event_count(), 1'000U);
  EXPECT_THAT(response->declaration_seqs(), ElementsAre(2'000, 2'001, 2'002));
  EXPECT_THAT(store_.Get(Seq(2'001))->public_details(),
              HasSubstr(R"("count":1000,"part":2,"of":3)"));
  EXPECT_EQ(TelegramId(1'999), "");
}

TEST_F(EraserTest, ValidatingChangesNothing) {
  Start();
  EraseEventsRequest request = Request("telegram_id = \"p1\"");
  request.set_validate_only(true);

  const auto response = Erase(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->event_count(), 5U);
  EXPECT_THAT(response->declaration_seqs(), IsEmpty());
  EXPECT_EQ(store_.Size(), LogSize(10));
  EXPECT_EQ(TelegramId(1), "p1");
}

TEST_F(EraserTest, WhereThereIsNothingToEraseNothingIsDeclared) {
  Start();

  ASSERT_THAT(Erase(Request("telegram_id = \"p1\"")), IsOk());
  const auto again = Erase(Request("telegram_id = \"p1\""));
  const auto unknown = Erase(Request("telegram_id = \"p2\""));

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->event_count(), 0U);
  ASSERT_THAT(unknown, IsOk());
  EXPECT_EQ(unknown->event_count(), 0U);
  EXPECT_EQ(store_.Size(), LogSize(11));
}

TEST_F(EraserTest, WhatTellsOfTheLogIsPassedOver) {
  Start();
  ASSERT_THAT(Erase(Request("telegram_id = \"p1\"")), IsOk());
  EraseEventsRequest request = Request("producer = daybook");
  request.clear_groups();
  request.add_groups(ledger::v1::FIELD_GROUP_OBJECT);
  request.add_groups(ledger::v1::FIELD_GROUP_DETAILS);

  const auto response = Erase(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->event_count(), 0U);
  EXPECT_NE(store_.Get(Seq(10))->details(), "");
}

TEST_F(EraserTest, AnEventThatWasChangedStopsItBeforeItIsDeclared) {
  Start();
  store_.Tamper(Seq(5), [](Event& event) { event.set_ip_address("192.0.2.8"); });

  const auto response = Erase(Request("telegram_id = \"p1\""));

  EXPECT_THAT(response, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonIn(response.status()), "STORE_DAMAGED");
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("event 5"));
  EXPECT_EQ(store_.Size(), LogSize(10));
  EXPECT_EQ(TelegramId(1), "p1");
  EXPECT_THAT(*journal_.Unfinished(), IsEmpty());
}

TEST_F(EraserTest, EachFieldOfTheRequestIsChecked) {
  Start();
  const std::vector<std::function<void(EraseEventsRequest&)>> mistakes = {
      [](auto& r) { r.clear_filter(); },
      [](auto& r) { r.set_filter("telegram_id ="); },
      [](auto& r) { r.clear_groups(); },
      [](auto& r) { r.add_groups(ledger::v1::FIELD_GROUP_SUBJECT); },
      [](auto& r) { r.add_groups(ledger::v1::FIELD_GROUP_UNSPECIFIED); },
      [](auto& r) { r.add_groups(static_cast<ledger::v1::FieldGroup>(5)); },
      [](auto& r) { r.add_groups(static_cast<ledger::v1::FieldGroup>(257)); },
      [](auto& r) { r.clear_by(); },
      [](auto& r) { r.clear_ticket(); },
      [](auto& r) { r.clear_reason(); },
      [](auto& r) { r.set_reason("two\nlines"); },
      [](auto& r) { r.set_reason(std::string(1'025, 'x')); },
      [](auto& r) { r.set_by(std::string(257, 'x')); },
  };
  for (size_t i = 0; i < mistakes.size(); ++i) {
    EraseEventsRequest request = Request("telegram_id = \"p1\"");
    mistakes[i](request);

    EXPECT_THAT(Erase(request), HasCode(absl::StatusCode::kInvalidArgument)) << i;
  }
  EXPECT_EQ(TelegramId(1), "p1");
}

TEST_F(EraserTest, WhatCannotBeDeclaredIsNotErased) {
  Start();
  store_.FailAppends(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, "full"));

  const auto response = Erase(Request("telegram_id = \"p1\""));

  EXPECT_THAT(response, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(response.status()), "STORE_FULL");
  EXPECT_EQ(TelegramId(1), "p1");
  EXPECT_THAT(*journal_.Unfinished(), IsEmpty());
}

TEST_F(EraserTest, WhatMayBeDeclaredIsKeptInMindForTheNextStart) {
  Start();
  store_.FailAppends(absl::UnavailableError("who knows"));
  EXPECT_THAT(Erase(Request("telegram_id = \"p1\"")), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(*journal_.Unfinished(), SizeIs(1));

  store_.FailAppends(absl::OkStatus());
  Start();

  EXPECT_THAT(*journal_.Unfinished(), IsEmpty());
  EXPECT_EQ(TelegramId(1), "p1") << "it was not in the log";
}

TEST_F(EraserTest, WhatWasDeclaredIsCompletedLater) {
  Start();
  store_.FailErasures(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, "full"));

  const auto response = Erase(Request("telegram_id = \"p1\""));

  EXPECT_THAT(response, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(response.status()), "STORE_FULL");
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("declared as event 10"));
  EXPECT_EQ(TelegramId(1), "p1");
  store_.FailErasures(absl::OkStatus());
  while (!journal_.Unfinished()->empty()) eraser_->WaitUntilSettled();
  EXPECT_EQ(TelegramId(1), "");
}

TEST_F(EraserTest, AStartCompletesWhatIsInTheLogAndForgetsWhatIsNot) {
  const storage::Erasure p1 = {.ranges = {{.first = Seq(1), .last = Seq(1)}},
                               .groups = {Group::kSubject}};
  const storage::Erasure p0 = {.ranges = {{.first = Seq(2), .last = Seq(2)}},
                               .groups = {Group::kSubject}};
  ASSERT_THAT(journal_.Plan("declared", p1, store_.Size()), IsOk());
  ASSERT_THAT(journal_.Plan("never", p0, store_.Size()), IsOk());
  Record(EventOf("audit.erased"), {.producer = "daybook",
                                   .source = audit::v1::SOURCE_SERVICE,
                                   .request_id = "erasure:declared:1"});

  Start();

  EXPECT_EQ(TelegramId(1), "");
  EXPECT_EQ(TelegramId(2), "p0");
  EXPECT_THAT(*journal_.Unfinished(), IsEmpty());
  EXPECT_THAT(log_text_.str(), HasSubstr("erasure_completed"));
}

TEST_F(EraserTest, NoClientDeclaresAnything) {
  const storage::Erasure p1 = {.ranges = {{.first = Seq(1), .last = Seq(1)}},
                               .groups = {Group::kSubject}};
  ASSERT_THAT(journal_.Plan("forged", p1, store_.Size()), IsOk());
  Record(EventOf("login"), {.producer = "daybook",
                            .source = audit::v1::SOURCE_CLAIMED,
                            .request_id = "erasure:forged:1"});

  Start();

  EXPECT_EQ(TelegramId(1), "p1");
}

TEST_F(EraserTest, TheLogLinesNameNobody) {
  Start();

  ASSERT_THAT(Erase(Request("telegram_id = \"p1\"")), IsOk());

  EXPECT_THAT(log_text_.str(), HasSubstr("erasure_declared"));
  EXPECT_THAT(log_text_.str(), ::testing::Not(HasSubstr("p1")));
}

// A store that drops its first span where a leaf of it is asked for.
class CutStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;
  absl::StatusOr<std::vector<ledger::Hash>> ReadNodes(
      std::span<const ledger::Node> nodes) override {
    if (Begin() > Seq(0)) return ForwardingEventStore::ReadNodes(nodes);
    EXPECT_THAT(Prune(Seq(storage::SpanEvents(1))), IsOk());
    return storage::PrunedError(Seq(0), Begin());
  }
};

TEST_F(EraserTest, FindsWhatIsLeftWhereEventsAreDroppedMeanwhile) {
  const uint64_t span = storage::SpanEvents(1);
  CutStore store(std::make_unique<testing::MemoryEventStore>(clock_));
  Event event = EventOf("login");
  event.set_telegram_id("p1");
  const storage::NewEvent fresh =
      testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now());
  const std::vector<const storage::NewEvent*> events(span + 3, &fresh);
  ASSERT_THAT(store.Append(events), IsOk());

  const auto found = FindErasable(store, CheckErasure(Request("telegram_id = \"p1\"")).value(),
                                  [] { return false; });

  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->count, 3U);
  ASSERT_THAT(found->ranges, SizeIs(1));
  EXPECT_EQ(found->ranges.front().first, Seq(span));
}

}  // namespace
}  // namespace daybook::journal
