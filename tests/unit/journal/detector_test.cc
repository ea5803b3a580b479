#include "journal/detector.h"

#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "detect/firing.h"
#include "detect/rules_file.h"
#include "journal/detections.h"
#include "query/filter.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kThreeLogins[] = R"(rule { name: "three" filter: "action = login_failed"
  group_by: GROUP_BY_ACTOR window: "10m" threshold: 3 })";

class DetectorTest : public ::testing::Test {
 protected:
  void SetUp() override { Restart(); }
  void TearDown() override { Stop(); }

  void Start(const std::string& rules) {
    detector_ = std::make_unique<Detector>(
        Detector::Collaborators{.store = store_,
                                .commits = *commits_,
                                .rules = rules_,
                                .clock = clock_,
                                .metrics = metrics_,
                                .log = log_},
        detect::ParseRules("rules", rules).value(),
        Detector::Options{
            .max_past = max_past_, .tick = absl::Milliseconds(1), .grace = absl::ZeroDuration()});
  }
  void Stop() {
    detector_.reset();
    commits_.reset();
  }
  // Without rules: a test starts those that it wants.
  void Restart() {
    Stop();
    commits_ = std::make_unique<GroupCommit>(store_, metrics_, GroupCommit::Limits());
  }

  void Record(const std::string& action, const std::string& actor) {
    Event event = EventOf(action);
    event.set_actor(actor);
    std::vector<storage::NewEvent> one;
    one.push_back(testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now()));
    testing::WaitingAnswer<GroupCommit::Receipts> answer;
    commits_->Submit(std::move(one), answer.Take());
    ASSERT_THAT(answer.Get(), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  void Fail(const std::string& actor, int times) {
    for (int i = 0; i < times; ++i) Record("login_failed", actor);
  }

  std::vector<Event> Fired() {
    storage::ScanRequest scan;
    scan.order = storage::ScanOrder::kSeq;
    scan.as_of = store_.Size();
    scan.filter = query::Filter::Parse(detect::FiringsFilter("").value()).value();
    return store_.Scan(scan).value().events;
  }

  // Until there are so many; what is more is there with them, or comes never.
  std::vector<Event> WaitForFired(size_t count) {
    std::vector<Event> fired = Fired();
    for (; fired.size() < count; fired = Fired()) std::this_thread::yield();
    return fired;
  }

  // Until the detector has seen all that is recorded: it then tells of a marker.
  std::vector<Event> FiredUpToNow() {
    const size_t before = Fired().size();
    Record("marker", absl::StrCat("marker-", before));
    std::vector<Event> fired;
    do {
      std::this_thread::yield();
      fired = Fired();
    } while (fired.empty() || fired.back().actor() != absl::StrCat("marker-", before));
    fired.pop_back();
    return fired;
  }

  static std::string WithMarker(const std::string& rules) {
    return rules + R"( rule { name: "marker" filter: "action = marker" group_by: GROUP_BY_ACTOR
                              window: "1s" threshold: 1 })";
  }

  testing::ManualClock clock_;
  const event::EventRules rules_ = *event::EventRules::Compile();
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  telemetry::Metrics metrics_;
  testing::MemoryEventStore store_{clock_};
  uint64_t max_past_ = 1'000;
  std::unique_ptr<GroupCommit> commits_;
  std::unique_ptr<Detector> detector_;
};

TEST_F(DetectorTest, RecordsWhatFires) {
  Start(kThreeLogins);
  Fail("mina", 3);

  const Event event = WaitForFired(1).front();

  EXPECT_EQ(event.action(), "detection.fired");
  EXPECT_EQ(event.source(), audit::v1::SOURCE_SERVICE);
  EXPECT_EQ(event.actor(), "mina");
  EXPECT_EQ(MicrosOf(event.event_time()), MicrosOf(store_.Get(Seq(2))->created_at()));
  EXPECT_EQ(event.details(), R"({"seqs":[0,1,2]})");
  EXPECT_THAT(event.public_details(), HasSubstr(R"("rule":"three")"));
  EXPECT_THAT(event.public_details(), Not(HasSubstr("mina")));
  Stop();
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_detection_fired_total{rule=\"three\"} 1"));
  EXPECT_THAT(log_text_.str(), HasSubstr(R"("rule":"three")"));
  EXPECT_THAT(log_text_.str(), Not(HasSubstr("mina")));
}

TEST_F(DetectorTest, IsQuietWithinTheCooldown) {
  Start(WithMarker(kThreeLogins));
  Fail("mina", 9);

  EXPECT_THAT(FiredUpToNow(), SizeIs(1));
}

TEST_F(DetectorTest, TellsNothingAgainAfterARestart) {
  Start(WithMarker(kThreeLogins));
  Fail("mina", 3);
  WaitForFired(1);
  Restart();
  Start(WithMarker(kThreeLogins));
  Fail("mina", 3);
  Fail("sora", 2);

  EXPECT_THAT(FiredUpToNow(), SizeIs(1));
}

TEST_F(DetectorTest, GoesOnCountingAfterARestart) {
  Start(kThreeLogins);
  Fail("mina", 2);
  Restart();
  Start(kThreeLogins);
  Fail("mina", 1);

  EXPECT_EQ(WaitForFired(1).front().details(), R"({"seqs":[0,1,2]})");
}

TEST_F(DetectorTest, TellsOnceOfWhatHappenedWhileItDidNotLook) {
  Fail("mina", 3);
  Start(WithMarker(kThreeLogins));
  ASSERT_THAT(WaitForFired(1), SizeIs(1));
  Restart();
  Start(WithMarker(kThreeLogins));

  EXPECT_THAT(FiredUpToNow(), SizeIs(1));
}

TEST_F(DetectorTest, TriesAgainWhereTheDiskIsFull) {
  Fail("mina", 3);
  store_.FailAppends(absl::ResourceExhaustedError("the disk is full"));
  Start(WithMarker(kThreeLogins));
  const std::string failures = "daybook_detection_retries_total 1";
  while (!absl::StrContains(metrics_.Text(), failures)) std::this_thread::yield();
  store_.FailAppends(absl::OkStatus());

  EXPECT_THAT(FiredUpToNow(), SizeIs(1));
  Stop();
  EXPECT_THAT(log_text_.str(), HasSubstr("the disk is full"));
}

TEST_F(DetectorTest, TakesOtherRules) {
  Start(kThreeLogins);
  Fail("mina", 2);
  detector_->SetRules(detect::ParseRules("rules", absl::StrCat(kThreeLogins, R"(rule { name: "one"
        filter: "action = withdrawal" window: "1m" threshold: 1 })"))
                          .value());
  Record("withdrawal", "sora");
  WaitForFired(1);
  Fail("mina", 1);

  const std::vector<Event> fired = WaitForFired(2);

  EXPECT_THAT(detect::FiredIn(fired[0])->rule, "one");
  EXPECT_THAT(detect::FiredIn(fired[1])->rule, "three") << "it went on counting";
}

TEST_F(DetectorTest, ReadsOnlySoMuchOfThePast) {
  max_past_ = 2;
  Fail("mina", 3);
  Start(WithMarker(kThreeLogins));

  EXPECT_THAT(FiredUpToNow(), IsEmpty());
  Stop();
  EXPECT_THAT(metrics_.Text(), HasSubstr("daybook_detection_past_cut_total 1"));
  EXPECT_THAT(log_text_.str(), HasSubstr(R"("events_left_out":1)"));
}

TEST_F(DetectorTest, TellsOfASilence) {
  Record("login", "mina");
  Start(WithMarker(R"(rule { name: "silent" filter: "action = login" group_by: GROUP_BY_PRODUCER
                             silent_for: "1m" })"));
  Record("login", "mina");
  EXPECT_THAT(FiredUpToNow(), IsEmpty());
  clock_.Advance(absl::Seconds(54));
  EXPECT_THAT(FiredUpToNow(), SizeIs(1));  // the first marker
  clock_.Advance(absl::Seconds(5));

  const Event event = WaitForFired(3).back();

  EXPECT_THAT(event.public_details(), HasSubstr(R"("keys":{"producer":"tester"})"));
  EXPECT_EQ(event.details(), R"({"seqs":[1]})");
}

class ListDetectionsTest : public DetectorTest {
 protected:
  absl::StatusOr<audit::v1::ListDetectionsResponse> List(const std::string& rule, int page_size,
                                                         const std::string& token) {
    audit::v1::ListDetectionsRequest request;
    request.set_rule(rule);
    request.set_page_size(page_size);
    request.set_page_token(token);
    testing::WaitingAnswer<audit::v1::ListDetectionsResponse> answer;
    detections_.List(
        {.producer = "tester"}, request, [] { return false; }, answer.Take());
    return answer.Get();
  }

  const query::PageTokens tokens_{std::string(32, 'k')};
  WorkPool pool_{1, 10};
  Detections detections_{store_, tokens_, clock_, pool_};
};

TEST_F(ListDetectionsTest, ListsTheNewestFirstPageByPage) {
  Start(WithMarker(kThreeLogins));
  Fail("mina", 3);
  WaitForFired(1);
  Fail("sora", 3);
  WaitForFired(2);
  FiredUpToNow();

  const auto first = List("three", 1, "");
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->detections_size(), 1);
  EXPECT_THAT(first->detections(0).keys(), ElementsAre("sora"));
  Fail("hana", 3);
  WaitForFired(4);
  const auto second = List("three", 5, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->detections_size(), 1);
  EXPECT_THAT(second->detections(0).keys(), ElementsAre("mina"));
  EXPECT_EQ(second->next_page_token(), "");
  EXPECT_EQ(second->as_of_size(), first->as_of_size());
  EXPECT_EQ(List("", 0, "")->detections_size(), 4);
  EXPECT_EQ(List("other", 0, "")->detections_size(), 0);
}

TEST_F(ListDetectionsTest, RefusesWhatIsNotRight) {
  Start(kThreeLogins);
  Fail("mina", 3);
  WaitForFired(1);
  clock_.Advance(absl::Hours(1));
  Fail("mina", 3);
  WaitForFired(2);
  const std::string token = List("three", 1, "")->next_page_token();

  EXPECT_EQ(ReasonIn(List("", 1, token).status()), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(ReasonIn(List("", 1, "x").status()), "PAGE_TOKEN_INVALID");
  EXPECT_EQ(ReasonIn(List("", -1, "").status()), "FIELD_INVALID");
  EXPECT_EQ(ReasonIn(List("a\" OR seq = 1", 1, "").status()), "FIELD_INVALID");
}

}  // namespace
}  // namespace daybook::journal
