#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "daybook/witness/v1/witness_service.grpc.pb.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "rpc/status.h"
#include "support/status_matchers.h"
#include "unit/rpc/running_server_test.h"
#include "witness/witness.h"

namespace daybook::rpc {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::witness::v1::AddCheckpointRequest;
using ::daybook::witness::v1::AddCheckpointResponse;

class WitnessServiceTest : public RunningServerTest {
 protected:
  absl::Status Add(const AddCheckpointRequest& request, Server& server) {
    const auto stub = witness::v1::WitnessService::NewStub(grpc::CreateChannel(
        absl::StrCat("127.0.0.1:", server.port()), grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    return FromGrpc(stub->AddCheckpoint(&context, request, &response_));
  }

  AddCheckpointResponse response_;
};

TEST_F(WitnessServiceTest, WhereThereIsNoWitnessThatIsSaid) {
  const absl::Status refused = Add({}, *server_);

  EXPECT_THAT(refused, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonIn(refused), "WITNESS_NOT_CONFIGURED");
}

TEST_F(WitnessServiceTest, CosignsAndTellsTheSizeThatItKnows) {
  const ledger::SigningKey log("log.example", ledger::KeyType::kLog, {1});
  const auto witness = witness::Witness::Open(witness::WitnessFolder(folder_.File("witness")), "",
                                              *witness::KnownLogs::Parse(log.verifier().ToString()),
                                              {.clock = clock_, .metrics = metrics_, .log = log_})
                           .value();
  const auto server =
      Server::Start({.listen = "127.0.0.1:0", .more_services = {}, .witness = witness.get()}, gate_,
                    metrics_, log_)
          .value();
  ledger::Note note{
      .text = ledger::FormatCheckpoint({.origin = "log.example", .head = {.size = LogSize(3)}}),
      .signatures = {}};
  note.signatures.push_back(log.Sign(note.text, clock_.Now()));
  AddCheckpointRequest request;
  request.set_checkpoint(ledger::FormatNote(note));

  EXPECT_THAT(Add(request, *server), IsOk());

  const auto cosigned = ledger::ParseNote(request.checkpoint() + response_.cosignatures());
  ASSERT_THAT(cosigned, IsOk());
  EXPECT_THAT(ledger::VerifyNote(*cosigned, {&witness->verifier(), 1}), IsOk());
  EXPECT_EQ(KnownSizeIn(Add(request, *server)), 3U);
}

}  // namespace
}  // namespace daybook::rpc
