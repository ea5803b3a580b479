#include "daybook/log_growth.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/signed_head.h"
#include "rpc/status.h"

namespace daybook::cli {
namespace {

using ::daybook::ledger::TreeHead;

absl::StatusOr<std::string> NoteFor(Connection& connection,
                                    const ledger::v1::GetCheckpointRequest& request) {
  grpc::ClientContext context;
  connection.Prepare(context);
  ledger::v1::GetCheckpointResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      rpc::FromGrpc(connection.ledger().GetCheckpoint(&context, request, &response)));
  return response.checkpoint();
}

// It is neither shown nor disproven.
absl::Status CannotBeShown(const TreeHead& from, const absl::Status& why) {
  return About(
      absl::StrCat("whether the log begins with the ", from.size.value(),
                   " events of that checkpoint cannot be shown any more; take a newer one"),
      why);
}

}  // namespace

absl::StatusOr<std::string> NewestNote(Connection& connection) { return NoteFor(connection, {}); }

absl::StatusOr<std::string> NewestWitnessedNote(Connection& connection) {
  ledger::v1::GetCheckpointRequest request;
  request.set_witnessed(true);
  return NoteFor(connection, request);
}

// The service proves it; a log that has shrunk cannot even be asked.
absl::Status CheckGrowth(Connection& connection, const TreeHead& from, const TreeHead& to) {
  if (to.size < from.size) {
    return NotVerifiedError(absl::StrCat("the log had ", from.size.value(), " events and now has ",
                                         to.size.value(), ": events were taken away"));
  }
  ledger::v1::GetConsistencyProofResponse response;
  if (from.size != LogSize(0) && from.size != to.size) {
    ledger::v1::GetConsistencyProofRequest request;
    request.set_old_size(from.size.value());
    request.set_new_size(to.size.value());
    grpc::ClientContext context;
    connection.Prepare(context);
    absl::Status asked =
        rpc::FromGrpc(connection.ledger().GetConsistencyProof(&context, request, &response));
    if (ReasonIn(asked) == ReasonName(Reason::kPruned)) return CannotBeShown(from, asked);
    if (!asked.ok()) return asked;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> proof, HashesIn(response.proof()));
  absl::Status proved = ledger::VerifyConsistency(from, to, proof);
  if (proved.ok()) return proved;
  return NotVerifiedError(absl::StrCat("the log of ", to.size.value(),
                                       " events does not begin with that of ", from.size.value(),
                                       ": ", proved.message()));
}

}  // namespace daybook::cli
