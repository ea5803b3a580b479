#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "detect/firing.h"
#include "detect/rule.h"
#include "rpc/parse.h"
#include "rpc/tail_call.h"
#include "support/status_matchers.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;
using ::daybook::audit::v1::WatchDetectionsRequest;
using ::daybook::audit::v1::WatchDetectionsResponse;
using ::daybook::testing::HasCode;
using ::testing::HasSubstr;
using ::testing::SizeIs;

template <typename Message>
grpc::ByteBuffer BytesOf(const Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

template <typename Message>
std::vector<Message> SentBy(const TailForm& form, const TailEventsResponse& found) {
  std::vector<Message> sent;
  for (const grpc::ByteBuffer& bytes : form.MessagesOf(found)) {
    sent.push_back(*Parse<Message>(bytes).value());
  }
  return sent;
}

Event Fired(const std::string& rule, uint64_t seq) {
  detect::Rule fired;
  fired.name = rule;
  Event event = detect::EventOf({.rule = std::make_shared<const detect::Rule>(fired),
                                 .keys = {},
                                 .fired_at = 1'700'000'000'000'000,
                                 .count = 6,
                                 .seqs = {seq - 1}});
  event.set_source(audit::v1::SOURCE_SERVICE);
  event.set_seq(seq);
  SetTimestamp(1'700'000'000'000'000, event.mutable_created_at());
  return event;
}

TEST(EventTailTest, AsksAndAnswersAsOnTheWire) {
  TailEventsRequest request;
  request.set_filter("action = login");
  request.set_start_seq(7);
  EXPECT_EQ(EventTail().RequestIn(BytesOf(request))->SerializeAsString(),
            request.SerializeAsString());

  TailEventsResponse found;
  found.add_events()->set_seq(9);
  found.add_events()->set_seq(12);
  found.set_next_seq(13);
  found.set_head_size(20);
  const auto sent = SentBy<TailEventsResponse>(EventTail(), found);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].SerializeAsString(), found.SerializeAsString());
}

TEST(TailFormTest, RefusesWhatIsNoMessage) {
  const grpc::Slice noise(std::string("\xff\xff\xff"));
  const grpc::ByteBuffer bytes(&noise, 1);
  for (const TailForm* const form : {&EventTail(), &DetectionTail()}) {
    EXPECT_THAT(form->RequestIn(bytes).status(), HasCode(absl::StatusCode::kInvalidArgument));
  }
}

TEST(DetectionTailTest, FollowsTheEventsThatTellOfRules) {
  WatchDetectionsRequest request;
  request.set_rule("guessing");
  request.set_start_seq(0);
  request.mutable_heartbeat_interval()->set_seconds(3);
  const auto asked = DetectionTail().RequestIn(BytesOf(request));
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->filter(), detect::FiringsFilter("guessing").value());
  EXPECT_THAT(asked->filter(), HasSubstr("guessing"));
  EXPECT_TRUE(asked->has_start_seq());
  EXPECT_EQ(asked->heartbeat_interval().seconds(), 3);
}

TEST(DetectionTailTest, FollowsFromNowOnWhereNotToldOtherwise) {
  const auto asked = DetectionTail().RequestIn(BytesOf(WatchDetectionsRequest()));
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_FALSE(asked->has_start_seq());
  EXPECT_FALSE(asked->has_heartbeat_interval());
}

TEST(DetectionTailTest, RefusesANameThatNoRuleHas) {
  WatchDetectionsRequest request;
  request.set_rule("no \" name");
  EXPECT_THAT(DetectionTail().RequestIn(BytesOf(request)).status(),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(DetectionTailTest, EachDetectionSaysWhereToGoOnBehindIt) {
  TailEventsResponse found;
  *found.add_events() = Fired("guessing", 9);
  *found.add_events() = Fired("spraying", 12);
  found.set_next_seq(50);  // so far was looked at
  found.set_head_size(60);
  const auto sent = SentBy<WatchDetectionsResponse>(DetectionTail(), found);
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0].detection().rule(), "guessing");
  EXPECT_EQ(sent[0].next_seq(), 10);
  EXPECT_EQ(sent[1].detection().rule(), "spraying");
  EXPECT_EQ(sent[1].next_seq(), 50);
  EXPECT_EQ(sent[1].head_size(), 60);
}

TEST(DetectionTailTest, WithoutADetectionTellsHowFarTheLogWasLookedAt) {
  TailEventsResponse found;
  found.set_next_seq(50);
  found.set_head_size(60);
  const auto sent = SentBy<WatchDetectionsResponse>(DetectionTail(), found);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_FALSE(sent[0].has_detection());
  EXPECT_EQ(sent[0].next_seq(), 50);
  EXPECT_EQ(sent[0].head_size(), 60);
}

}  // namespace
}  // namespace daybook::rpc
