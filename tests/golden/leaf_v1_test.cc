#include <algorithm>
#include <optional>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

#include "core/timestamp.h"
#include "golden/golden_file.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/leaf.h"
#include "ledger/leaf_parser.h"
#include "ledger/redaction.h"
#include "support/status_matchers.h"
#include "vectors.pb.h"

namespace daybook::golden {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;
using ::daybook::ledger::Hash;
using ::daybook::ledger::Salt;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

const auto kRefused = HasCode(absl::StatusCode::kInvalidArgument);

Vectors ReadVectors() {
  Vectors vectors;
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(ReadGolden("leaf_v1.json"), &vectors, options);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString();
  return vectors;
}

Event EventOf(const Row& row) {
  Event event;
  SetTimestamp(row.created_at(), event.mutable_created_at());
  SetTimestamp(row.event_time(), event.mutable_event_time());
  event.set_tenant(row.tenant());
  event.set_producer(row.producer());
  event.set_source(static_cast<audit::v1::Source>(row.source()));
  if (row.has_producer_sequence()) event.set_producer_sequence(row.producer_sequence());
  event.set_action(row.action());
  event.set_outcome(static_cast<audit::v1::Outcome>(row.outcome()));
  event.set_reason(row.reason());
  event.set_resource_type(row.resource_type());
  event.set_public_details(row.public_details());
  if (row.has_user_id()) event.set_user_id(row.user_id());
  event.set_telegram_id(row.telegram_id());
  event.set_actor(row.actor());
  event.set_ip_address(row.ip_address());
  event.set_user_agent(row.user_agent());
  event.set_resource_id(row.resource_id());
  event.set_trace_id(row.trace_id());
  event.set_correlation_id(row.correlation_id());
  event.set_request_id(row.request_id());
  event.set_details(row.details());
  return event;
}

Salt SaltOf(const Row& row) {
  Salt salt{};
  const std::string bytes = absl::HexStringToBytes(row.salt());
  EXPECT_TRUE(!row.has_salt() || bytes.size() == salt.size());
  std::copy_n(bytes.begin(), std::min(bytes.size(), salt.size()), salt.begin());
  return salt;
}

// What a vector says about a group; nothing where the row has no such group.
struct GroupVector {
  std::string encoding;
  std::string salt;
  std::string commitment;
};

std::optional<GroupVector> GroupIn(const Vector& v, Group group) {
  std::optional<GroupVector> found;
  switch (group) {
    case Group::kSubject:
      if (v.has_subject_encoding()) {
        found = {v.subject_encoding(), v.subject_salt(), v.subject_commitment()};
      }
      break;
    case Group::kClient:
      if (v.has_client_encoding()) {
        found = {v.client_encoding(), v.client_salt(), v.client_commitment()};
      }
      break;
    case Group::kObject:
      if (v.has_object_encoding()) {
        found = {v.object_encoding(), v.object_salt(), v.object_commitment()};
      }
      break;
    case Group::kDetails:
      if (v.has_details_encoding()) {
        found = {v.details_encoding(), v.details_salt(), v.details_commitment()};
      }
      break;
  }
  return found;
}

TEST(LeafV1Golden, TheFileHoldsWhatWeExpect) {
  const Vectors vectors = ReadVectors();

  EXPECT_GE(vectors.positive_size(), 50);
  EXPECT_EQ(vectors.positive(0).leaf_hash(),
            "9b2e2ef648ef9e7a139b6b0018f99681ae383f780260f0f2351676a241856e27");
}

TEST(LeafV1Golden, GroupsEncodeAndCommitAsWritten) {
  const Vectors vectors = ReadVectors();
  for (const Vector& vector : vectors.positive()) {
    SCOPED_TRACE(vector.name());
    const Event event = EventOf(vector.row());
    for (const Group group : ledger::kGroups) {
      const std::string encoded = ledger::EncodeGroup(group, event);
      const std::optional<GroupVector> expected = GroupIn(vector, group);
      EXPECT_EQ(absl::BytesToHexString(encoded), expected ? expected->encoding : "");
      if (!expected) continue;

      const Hash salt = ledger::GroupSalt(group, SaltOf(vector.row()));
      EXPECT_EQ(ledger::ToHex(salt), expected->salt);
      EXPECT_EQ(ledger::ToHex(ledger::Commit(group, salt, encoded)), expected->commitment);
    }
  }
}

std::string BytesOf(const ErasedVector& erased) {
  std::string bytes;
  for (const RedactionEntry& entry : erased.redaction()) {
    bytes.push_back(static_cast<char>(entry.group()));
    bytes.push_back(static_cast<char>(entry.kind()));
    bytes.append(absl::HexStringToBytes(entry.value()));
  }
  return bytes;
}

TEST(LeafV1Golden, ErasingAGroupKeepsWhatIsWrittenAndTheLeaf) {
  const Vectors vectors = ReadVectors();
  int erasures = 0;
  for (const Vector& vector : vectors.positive()) {
    SCOPED_TRACE(vector.name());
    for (const ErasedVector& erased : vector.erased()) {
      Event event = EventOf(vector.row());
      ledger::Redaction redaction(event, SaltOf(vector.row()));
      redaction.Erase(static_cast<Group>(erased.group()), event);

      EXPECT_EQ(absl::BytesToHexString(redaction.Bytes()), absl::BytesToHexString(BytesOf(erased)));
      const auto read = ledger::Redaction::Parse(BytesOf(erased));
      ASSERT_THAT(read, IsOk());
      const auto commitments = read->CommitmentsOf(event);
      ASSERT_THAT(commitments, IsOk());
      const ledger::LeafDraft left(event, *commitments);
      EXPECT_EQ(ledger::ToHex(left.HashAt(vector.row().created_at())), vector.leaf_hash());
      ++erasures;
    }
  }
  EXPECT_EQ(erasures, 48);
}

TEST(LeafV1Golden, OnlyRowsWithGroupsNeedASalt) {
  const Vectors vectors = ReadVectors();
  for (const Vector& vector : vectors.positive()) {
    EXPECT_EQ(ledger::NeedsSalt(EventOf(vector.row())), vector.row().has_salt()) << vector.name();
  }
}

TEST(LeafV1Golden, LeavesHaveTheBytesAndHashesWritten) {
  const Vectors vectors = ReadVectors();
  for (const Vector& vector : vectors.positive()) {
    SCOPED_TRACE(vector.name());
    const Event event = EventOf(vector.row());
    const Salt salt = SaltOf(vector.row());
    const ledger::LeafDraft draft(event, salt);
    const Micros created_at = vector.row().created_at();

    EXPECT_EQ(absl::BytesToHexString(draft.Bytes(created_at)), vector.leaf_bytes());
    EXPECT_EQ(ledger::ToHex(draft.HashAt(created_at)), vector.leaf_hash());
    EXPECT_EQ(ledger::ToHex(ledger::LeafHashOf(event, salt)), vector.leaf_hash());
    EXPECT_LE(draft.Bytes(created_at).size(), ledger::kMaxLeafBytes);
  }
}

TEST(LeafV1Golden, LeavesAreReadAsTheyAreWritten) {
  const Vectors vectors = ReadVectors();
  for (const Vector& vector : vectors.positive()) {
    SCOPED_TRACE(vector.name());
    const std::string bytes = absl::HexStringToBytes(vector.leaf_bytes());
    absl::StatusOr<ledger::Leaf> leaf = ledger::ParseLeaf(bytes);
    ASSERT_THAT(leaf, IsOk());

    Event& event = leaf->event;
    const ledger::LeafDraft again(event, leaf->commitments);
    EXPECT_EQ(again.Bytes(MicrosOf(event.created_at())), bytes);
    for (const Group group : ledger::kGroups) {
      const std::optional<GroupVector> shown = GroupIn(vector, group);
      ASSERT_EQ(leaf->commitments[group].has_value(), shown.has_value());
      if (!shown) continue;
      EXPECT_EQ(ledger::ToHex(*leaf->commitments[group]), shown->commitment);
      const std::string encoding = absl::HexStringToBytes(shown->encoding);
      EXPECT_THAT(ledger::ParseGroup(group, encoding, event), IsOk());
      EXPECT_THAT(ledger::ParseGroup(group, encoding + encoding, event), kRefused);
      EXPECT_THAT(ledger::ParseGroup(group, encoding.substr(1), event), kRefused);
    }
    EXPECT_EQ(event.SerializeAsString(), EventOf(vector.row()).SerializeAsString());
  }
}

TEST(LeafV1Golden, WhatIsNoLeafIsRefused) {
  const Vectors vectors = ReadVectors();
  EXPECT_GE(vectors.negative_size(), 88);
  for (const RefusedLeaf& vector : vectors.negative()) {
    EXPECT_THAT(ledger::ParseLeaf(absl::HexStringToBytes(vector.leaf_bytes())).status(), kRefused)
        << vector.name();
  }
}

TEST(LeafV1Golden, AnOpenEventTimeIsTheRecordTime) {
  const Vectors vectors = ReadVectors();
  for (const Vector& vector : vectors.positive()) {
    if (vector.row().event_time() != vector.row().created_at()) continue;
    Event event = EventOf(vector.row());
    event.clear_event_time();

    const ledger::LeafDraft draft(event, SaltOf(vector.row()));

    EXPECT_EQ(ledger::ToHex(draft.HashAt(vector.row().created_at())), vector.leaf_hash())
        << vector.name();
  }
}

}  // namespace
}  // namespace daybook::golden
