#include "rpc/status.h"

#include <string>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "google/rpc/status.pb.h"

namespace daybook::rpc {
namespace {

TEST(ToGrpc, CopiesEveryCode) {
  for (int code = 1; code <= 16; ++code) {
    const grpc::Status status = ToGrpc(absl::Status(static_cast<absl::StatusCode>(code), "text"));
    EXPECT_EQ(static_cast<int>(status.error_code()), code);
    EXPECT_EQ(status.error_message(), "text");
  }
  EXPECT_TRUE(ToGrpc(absl::OkStatus()).ok());
}

TEST(ToGrpc, SendsTheDetails) {
  const grpc::Status status = ToGrpc(QueueFullError("full", absl::Seconds(1)));

  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), static_cast<int>(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(details.message(), "full");
  EXPECT_EQ(details.details_size(), 2);
}

TEST(FromGrpc, IsTheInverseOfToGrpc) {
  for (const absl::Status& status :
       {absl::OkStatus(), absl::InternalError("bug"),
        QueueFullError("full", absl::Milliseconds(100)),
        InvalidFieldError({.reason = Reason::kFieldInvalid, .field = "f", .description = "d"})}) {
    EXPECT_EQ(FromGrpc(ToGrpc(status)), status);
  }
}

TEST(FromGrpc, TakesDetailsThatAreNone) {
  const grpc::Status status(grpc::StatusCode::UNAVAILABLE, "away", "\xff not a Status");

  EXPECT_EQ(FromGrpc(status), absl::UnavailableError("away"));
}

}  // namespace
}  // namespace daybook::rpc
