#include "rpc/malformed.h"

#include <string>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "support/status_matchers.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::BatchRecordEventsRequest;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::RecordEventRequest;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

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

void FillEveryField(audit::v1::Event& event) {
  const google::protobuf::Reflection& reflection = *audit::v1::Event::GetReflection();
  for (int i = 0; i < audit::v1::Event::descriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = audit::v1::Event::descriptor()->field(i);
    switch (field->cpp_type()) {
      case google::protobuf::FieldDescriptor::CPPTYPE_STRING:
        reflection.SetString(&event, field, std::string(20, 'x'));
        break;
      case google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE:
        SetTimestamp(1'700'000'000'123'456, event.mutable_created_at());
        SetTimestamp(1'700'000'000'123'456, event.mutable_event_time());
        break;
      case google::protobuf::FieldDescriptor::CPPTYPE_INT64:
        reflection.SetInt64(&event, field, 7);
        break;
      case google::protobuf::FieldDescriptor::CPPTYPE_UINT64:
        reflection.SetUInt64(&event, field, 7);
        break;
      default:
        reflection.SetEnumValue(&event, field, 1);
    }
  }
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

TEST(CheckFieldCount, LetsAFullBatchOfFullEventsPass) {
  BatchRecordEventsRequest batch;
  for (int i = 0; i < 1'000; ++i) {
    audit::v1::RecordEventRequest& request = *batch.add_requests();
    request.set_request_id("id");
    FillEveryField(*request.mutable_event());
  }

  EXPECT_THAT(CheckFieldCount(*BatchRecordEventsRequest::descriptor(), batch.SerializeAsString()),
              IsOk());
}

TEST(CheckFieldCount, RefusesWhatWouldTakeMuchMemory) {
  constexpr int kMany = 2'001;
  std::string empty_requests;
  for (int i = 0; i < kMany; ++i) empty_requests.append("\x0a\0", 2);
  audit::v1::RecordEventRequest unknown;
  for (int i = 0; i < kMany; ++i) {
    RecordEventRequest::GetReflection()->MutableUnknownFields(&unknown)->AddLengthDelimited(99, "");
  }
  QueryEventsRequest paths;
  for (int i = 0; i < kMany; ++i) paths.mutable_read_mask()->add_paths("");
  BatchRecordEventsRequest nested;
  nested.add_requests()->CopyFrom(unknown);

  const auto reason = [](const google::protobuf::Descriptor* type, const std::string& bytes) {
    return ReasonIn(CheckFieldCount(*type, bytes));
  };
  EXPECT_EQ(reason(BatchRecordEventsRequest::descriptor(), empty_requests), "REQUEST_MALFORMED");
  EXPECT_EQ(reason(RecordEventRequest::descriptor(), unknown.SerializeAsString()),
            "REQUEST_MALFORMED");
  EXPECT_EQ(reason(QueryEventsRequest::descriptor(), paths.SerializeAsString()),
            "REQUEST_MALFORMED");
  EXPECT_EQ(reason(BatchRecordEventsRequest::descriptor(), nested.SerializeAsString()),
            "REQUEST_MALFORMED");
  EXPECT_EQ(reason(RecordEventRequest::descriptor(),
                   "\xfb\x01" + unknown.SerializeAsString() + "\xfc\x01"),
            "REQUEST_MALFORMED")
      << "in a group";
  EXPECT_EQ(reason(BatchRecordEventsRequest::descriptor(), "\x0a\x01\x0c" + empty_requests),
            "REQUEST_MALFORMED")
      << "behind a member that is no message";
}

TEST(CheckFieldCount, LeavesTheRestToTheParser) {
  const std::string noise(200'000, '\xff');
  EXPECT_THAT(CheckFieldCount(*RecordEventRequest::descriptor(), noise), IsOk());
}

TEST(MalformedRequestError, LetsBytesFieldsHoldAnything) {
  audit::v1::Receipt receipt;
  receipt.set_leaf_hash(kInvalid);

  EXPECT_EQ(FieldIn(ErrorFor<audit::v1::Receipt>(receipt.SerializeAsString() + "\xff")), "");
}

}  // namespace
}  // namespace daybook::rpc
