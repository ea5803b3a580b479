#include "ledger/redaction.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "support/new_events.h"
#include "support/status_matchers.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr Micros kRecordedAt = 1'763'683'200'000'000;
constexpr size_t kEntry = 34;

const auto kIsRefused = HasCode(absl::StatusCode::kInvalidArgument);

// An event with every group, as a store holds it.
Event Recorded() {
  Event event = testing::FullEvent();
  event.set_source(audit::v1::SOURCE_CLAIMED);
  event.set_request_id("request-1");
  SetTimestamp(kRecordedAt, event.mutable_created_at());
  return event;
}

Hash LeafOf(const Event& event, const Redaction& redaction) {
  const auto commitments = redaction.CommitmentsOf(event);
  EXPECT_THAT(commitments, IsOk());
  return LeafDraft(event, commitments.value_or(Commitments())).HashAt(kRecordedAt);
}

class RedactionTest : public ::testing::Test {
 protected:
  const Salt salt_ = DrawSalt();
  Event event_ = Recorded();
  const Hash leaf_ = LeafHashOf(event_, salt_);
  Redaction redaction_{event_, salt_};
};

TEST_F(RedactionTest, WithNothingErasedTheLeafIsTheSame) {
  EXPECT_EQ(LeafOf(event_, redaction_), leaf_);
  EXPECT_FALSE(redaction_.HasErased());
}

TEST_F(RedactionTest, TheLeafStaysTheSameWhateverIsErasedInWhateverOrder) {
  for (const Group group : {Group::kDetails, Group::kSubject, Group::kObject, Group::kClient}) {
    redaction_.Erase(group, event_);

    EXPECT_TRUE(redaction_.IsErased(group));
    EXPECT_EQ(EncodeGroup(group, event_), "");
    EXPECT_EQ(LeafOf(event_, redaction_), leaf_) << GroupName(group);
    const auto again = Redaction::Parse(redaction_.Bytes());
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(*again, redaction_);
  }
  EXPECT_FALSE(NeedsSalt(event_));
}

TEST_F(RedactionTest, KeepsTheSaltsOfTheGroupsThatStayAndNoOther) {
  redaction_.Erase(Group::kClient, event_);

  const std::string bytes = redaction_.Bytes();
  ASSERT_EQ(bytes.size(), 4 * kEntry);
  EXPECT_EQ(bytes.substr(0, 2), "\x01\x01");
  EXPECT_EQ(bytes.substr(2, 32), AsBytes(GroupSalt(Group::kSubject, salt_)));
  EXPECT_EQ(bytes.substr(kEntry, 2), "\x02\x02");
  const Event whole = Recorded();
  const Hash client_salt = GroupSalt(Group::kClient, salt_);
  EXPECT_EQ(bytes.substr(kEntry + 2, 32),
            AsBytes(Commit(Group::kClient, client_salt, EncodeGroup(Group::kClient, whole))));
}

TEST_F(RedactionTest, ErasingTwiceChangesNothing) {
  redaction_.Erase(Group::kSubject, event_);
  const Redaction once = redaction_;

  redaction_.Erase(Group::kSubject, event_);

  EXPECT_EQ(redaction_, once);
}

TEST_F(RedactionTest, AGroupWithoutFieldsHasNoEntry) {
  Event event = testing::EventOf("login");
  event.set_user_id(7);
  Redaction redaction(event, salt_);

  redaction.Erase(Group::kDetails, event);
  EXPECT_FALSE(redaction.HasErased());
  redaction.Erase(Group::kSubject, event);

  EXPECT_EQ(redaction.Bytes().size(), kEntry);
}

TEST_F(RedactionTest, GroupsThatAreThereMustBeThoseThatAreKept) {
  redaction_.Erase(Group::kClient, event_);
  Event more = event_;
  more.set_ip_address("192.0.2.1");
  Event fewer = event_;
  fewer.clear_details();

  EXPECT_THAT(redaction_.CommitmentsOf(more), kIsRefused);
  EXPECT_THAT(redaction_.CommitmentsOf(fewer), kIsRefused);
}

TEST_F(RedactionTest, ReadsNothingButWhatItWrites) {
  redaction_.Erase(Group::kObject, event_);
  const std::string bytes = redaction_.Bytes();
  const auto entry = [&bytes](size_t i) { return bytes.substr(i * kEntry, kEntry); };
  const auto with = [&bytes](size_t at, char byte) {
    std::string changed = bytes;
    changed[at] = byte;
    return changed;
  };
  ASSERT_THAT(Redaction::Parse(bytes), IsOk());

  for (const std::string& wrong : std::vector<std::string>{
           "", bytes.substr(1), bytes.substr(0, bytes.size() - 1), absl::StrCat(bytes, "\x05"),
           absl::StrCat(entry(2), entry(1)), absl::StrCat(entry(2), entry(2)), entry(0),
           with(0, '\0'), with(3 * kEntry, '\x05'), with(0, '\xff'), with(1, '\0'),
           with(1, '\x03')}) {
    EXPECT_THAT(Redaction::Parse(wrong), kIsRefused) << wrong.size();
  }
}

}  // namespace
}  // namespace daybook::ledger
