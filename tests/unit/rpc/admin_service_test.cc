#include <gmock/gmock.h>

#include "core/errors.h"
#include "daybook/admin/v1/admin_service.grpc.pb.h"
#include "rpc/peer.h"
#include "rpc/status.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "unit/rpc/running_server_test.h"

namespace daybook::rpc {
namespace {

using ::daybook::admin::v1::AdminService;
using ::daybook::admin::v1::EraseEventsRequest;
using ::daybook::admin::v1::EraseEventsResponse;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

class AdminServiceTest : public RunningServerTest {
 protected:
  absl::Status Erase(const EraseEventsRequest& request) {
    grpc::ClientContext context;
    return FromGrpc(admin_->EraseEvents(&context, request, &response_));
  }

  std::unique_ptr<AdminService::Stub> admin_ = AdminService::NewStub(channel_);
  EraseEventsResponse response_;
};

TEST_F(AdminServiceTest, ErasesForCallersOnThisMachine) {
  audit::v1::RecordEventRequest record;
  *record.mutable_event() = testing::EventOf("login");
  record.mutable_event()->set_telegram_id("a person");
  grpc::ClientContext context;
  audit::v1::RecordEventResponse recorded;
  ASSERT_TRUE(stub_->RecordEvent(&context, record, &recorded).ok());
  EraseEventsRequest request;
  request.set_filter("telegram_id = \"a person\"");
  request.add_groups(ledger::v1::FIELD_GROUP_SUBJECT);
  request.set_by("dpo");
  request.set_ticket("T-1");
  request.set_reason("asked");

  EXPECT_THAT(Erase(request), IsOk());

  EXPECT_EQ(response_.event_count(), 1U);
  ASSERT_EQ(response_.declaration_seqs_size(), 1);
  EXPECT_EQ(response_.declaration_seqs(0), 1U);
  EXPECT_EQ(store_->Get(Seq(0))->telegram_id(), "");
}

TEST_F(AdminServiceTest, SaysWhatIsWrongWithARequest) {
  const absl::Status outcome = Erase(EraseEventsRequest());

  EXPECT_THAT(outcome, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(outcome), "FIELD_INVALID");
  EXPECT_EQ(BadRequestIn(outcome).field_violations_size(), 5);
}

TEST(IsLocalPeer, OnLoopbackAndUnixSocketsOnly) {
  for (const char* const peer :
       {"ipv4:127.0.0.1:50412", "ipv4:127.8.9.10:1", "ipv6:[::1]:50412", "ipv6:%5B::1%5D:50412",
        "ipv6:[::ffff:127.0.0.1]:50412", "unix:", "unix:/run/daybook.sock", "unix-abstract:x"}) {
    EXPECT_TRUE(IsLocalPeer(peer)) << peer;
  }
  for (const char* const peer :
       {"", "ipv4:10.0.0.1:50412", "ipv4:128.0.0.1:127", "ipv6:[2001:db8::1]:1", "ipv6:[::]:1",
        "ipv6:[::ffff:10.0.0.1]:1", "127.0.0.1:1", "vsock:1:2", "ipv4:localhost:1",
        "ipv6:[fe80::1%lo]:1"}) {
    EXPECT_FALSE(IsLocalPeer(peer)) << peer;
  }
}

}  // namespace
}  // namespace daybook::rpc
