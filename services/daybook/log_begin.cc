#include "daybook/log_begin.h"

#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/signed_head.h"
#include "ledger/tree.h"
#include "rpc/status.h"

namespace daybook::cli {

absl::StatusOr<Seq> FirstShown(Connection& connection) {
  audit::v1::QueryEventsRequest request;
  request.set_order_by("seq");
  request.set_page_size(1);
  grpc::ClientContext context;
  connection.Prepare(context);
  audit::v1::QueryEventsResponse page;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection.stub().QueryEvents(&context, request, &page)));
  return Seq(page.events().empty() ? 0 : page.events(0).seq());
}

// The way up from its leaf has, on the left, all that is before it.
absl::StatusOr<ledger::CompactRange> ProveBegin(Connection& connection, Seq begin,
                                                const ledger::TreeHead& head) {
  ledger::v1::GetInclusionProofRequest request;
  request.set_seq(begin.value());
  request.set_tree_size(head.size.value());
  grpc::ClientContext context;
  connection.Prepare(context);
  ledger::v1::GetInclusionProofResponse response;
  DAYBOOK_RETURN_IF_ERROR(
      rpc::FromGrpc(connection.ledger().GetInclusionProof(&context, request, &response)));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> proof, HashesIn(response.proof()));
  const absl::Status proved = ledger::VerifyInclusion(ledger::LeafHash(response.leaf_bytes()),
                                                      begin, head.size, proof, head.root);
  if (!proved.ok()) {
    return NotVerifiedError(absl::StrCat("event ", begin.value(), ": ", proved.message()));
  }
  return ledger::CompactRange(LogSize(begin.value()),
                              ledger::HashesBefore(begin, head.size, proof));
}

}  // namespace daybook::cli
