#include "rpc/malformed.h"

#include <string>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "support/status_matchers.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::BatchRecordEventsRequest;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::RecordEventRequest;
using ::daybook::testing::HasCode;

constexpr char kInvalid[] = "sp\xffoiled";

template <typename Message>
absl::Status ErrorFor(const std::string& bytes) {
  return MalformedRequestError(*Message::descriptor(), bytes);
}

std::string FieldIn(const absl::Status& error) {
  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(error), "REQUEST_MALFORMED");
  const auto request = BadRequestIn(error);
  return request.field_violations().empty() ? "" : request.field_violations(0).field();
}

TEST(MalformedRequestError, NamesAStringThatIsNotUtf8) {
  RecordEventRequest request;
  request.set_request_id(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<RecordEventRequest>(request.SerializeAsString())), "request_id");
}

TEST(MalformedRequestError, NamesThePathToIt) {
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 20; ++i) batch.add_requests()->mutable_event()->set_action("login");
  batch.mutable_requests(16)->mutable_event()->set_action(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<BatchRecordEventsRequest>(batch.SerializeAsString())),
            "requests[16].event.action");
}

TEST(MalformedRequestError, NamesTheFirstOfSeveral) {
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 3; ++i) batch.add_requests()->mutable_event()->set_actor(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<BatchRecordEventsRequest>(batch.SerializeAsString())),
            "requests[0].event.actor");
}

TEST(MalformedRequestError, CountsRepeatedStrings) {
  QueryEventsRequest query;
  query.mutable_read_mask()->add_paths("seq");
  query.mutable_read_mask()->add_paths(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<QueryEventsRequest>(query.SerializeAsString())), "read_mask.paths[1]");
}

TEST(MalformedRequestError, NamesNoFieldWhereTheBytesAreNoMessage) {
  for (const std::string bytes : {"\xff", "\x0a\x7f", "\x07"}) {
    EXPECT_EQ(FieldIn(ErrorFor<RecordEventRequest>(bytes)), "");
  }
}

TEST(MalformedRequestError, LetsBytesFieldsHoldAnything) {
  audit::v1::Receipt receipt;
  receipt.set_leaf_hash(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<audit::v1::Receipt>(receipt.SerializeAsString() + "\xff")), "");
}

}  // namespace
}  // namespace daybook::rpc
