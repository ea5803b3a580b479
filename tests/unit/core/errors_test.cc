#include "core/errors.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/cord.h"

#include "support/status_matchers.h"

namespace daybook {
namespace {

using ::daybook::testing::HasCode;
using ::testing::HasSubstr;

template <typename Detail>
Detail DetailOf(const absl::Status& status) {
  Detail detail;
  const auto payload =
      status.GetPayload("type.googleapis.com/" + Detail::descriptor()->full_name());
  EXPECT_TRUE(payload && detail.ParseFromString(std::string(*payload)));
  return detail;
}

absl::Status TwoViolations() {
  return InvalidFieldsError(std::vector<FieldViolation>{
      {.reason = Reason::kActionRequired, .field = "event.action", .description = "is required"},
      {.reason = Reason::kFieldInvalid, .field = "event.reason", .description = "is too long"}});
}

TEST(ErrorWithReason, CarriesItsReasonAndDomain) {
  const absl::Status error =
      ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, "broken");

  const auto info = DetailOf<google::rpc::ErrorInfo>(error);
  EXPECT_THAT(error, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(error.message(), "broken");
  EXPECT_EQ(info.domain(), "daybook");
  EXPECT_EQ(info.reason(), "STORE_DAMAGED");
}

TEST(ReasonName, EveryReasonHasItsOwn) {
  std::set<absl::string_view> names;
  int reasons = 0;
  for (; reasons <= static_cast<int>(Reason::kWitnessUnknown); ++reasons) {
    const absl::string_view name = ReasonName(static_cast<Reason>(reasons));
    EXPECT_FALSE(name.empty()) << reasons;
    names.insert(name);
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(reasons));
}

TEST(InvalidFieldsError, NamesEveryField) {
  const absl::Status error = TwoViolations();

  const auto request = DetailOf<google::rpc::BadRequest>(error);
  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(error), "ACTION_REQUIRED");
  EXPECT_EQ(error.message(), "event.action: is required (and 1 more)");
  ASSERT_EQ(request.field_violations_size(), 2);
  EXPECT_EQ(request.field_violations(0).field(), "event.action");
  EXPECT_EQ(request.field_violations(0).description(), "is required");
  EXPECT_EQ(request.field_violations(1).field(), "event.reason");
}

TEST(InvalidFieldError, NamesOneField) {
  const absl::Status error = InvalidFieldError(
      {.reason = Reason::kFilterSyntax, .field = "filter", .description = "column 3: no"});

  EXPECT_EQ(error.message(), "filter: column 3: no");
  EXPECT_EQ(ReasonIn(error), "FILTER_SYNTAX");
  EXPECT_EQ(BadRequestIn(error).field_violations(0).field(), "filter");
}

TEST(QueueFullError, SaysWhenToRetry) {
  const absl::Status error = QueueFullError("full", absl::Milliseconds(1'250));

  const auto retry = DetailOf<google::rpc::RetryInfo>(error);
  EXPECT_THAT(error, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(error), "QUEUE_FULL");
  EXPECT_EQ(retry.retry_delay().seconds(), 1);
  EXPECT_EQ(retry.retry_delay().nanos(), 250'000'000);
}

TEST(RetryDelayIn, IsWhatTheErrorAsksFor) {
  EXPECT_EQ(RetryDelayIn(QueueFullError("full", absl::Milliseconds(1'250))),
            absl::Milliseconds(1'250));
  EXPECT_EQ(RetryDelayIn(absl::ResourceExhaustedError("too large")), std::nullopt);
}

TEST(WithFieldPrefix, PrefixesEveryFieldAndTheMessage) {
  const absl::Status error = WithFieldPrefix(TwoViolations(), "requests[16]");

  EXPECT_EQ(error.message(), "requests[16].event.action: is required (and 1 more)");
  EXPECT_EQ(ReasonIn(error), "ACTION_REQUIRED");
  EXPECT_EQ(BadRequestIn(error).field_violations(1).field(), "requests[16].event.reason");
}

TEST(WithFieldPrefix, KeepsTheDetailsOfOtherErrors) {
  const absl::Status error = WithFieldPrefix(
      ErrorWithReason(absl::StatusCode::kAlreadyExists, Reason::kRequestIdReused, "was used"),
      "requests[2]");

  EXPECT_THAT(error, HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(std::string(error.message()), HasSubstr("requests[2]"));
  EXPECT_EQ(ReasonIn(error), "REQUEST_ID_REUSED");
}

TEST(CheckpointConflictError, TellsTheSizeThatIsKnown) {
  const absl::Status error = CheckpointConflictError("it is 7", 7);

  EXPECT_EQ(error.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonIn(error), "CHECKPOINT_CONFLICT");
  EXPECT_EQ(KnownSizeIn(error), 7U);
  EXPECT_EQ(KnownSizeIn(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(KnownSizeIn(QueueFullError("full", absl::Seconds(1))), std::nullopt);
}

TEST(TailTooSlowError, SaysWhereToGoOn) {
  const absl::Status error = TailTooSlowError("open it again", 7);

  EXPECT_EQ(error.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonIn(error), "TAIL_TOO_SLOW");
  EXPECT_EQ(NextSeqIn(error), 7U);
  EXPECT_EQ(NextSeqIn(CheckpointConflictError("elsewhere", 7)), std::nullopt);
  EXPECT_EQ(KnownSizeIn(error), std::nullopt);
}

TEST(ReasonIn, IsEmptyWhereThereIsNone) {
  EXPECT_EQ(ReasonIn(absl::OkStatus()), "");
  EXPECT_EQ(ReasonIn(absl::InternalError("bug")), "");
  EXPECT_EQ(BadRequestIn(absl::InternalError("bug")).field_violations_size(), 0);
}

}  // namespace
}  // namespace daybook
