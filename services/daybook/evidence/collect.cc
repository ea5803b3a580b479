#include "daybook/evidence/collect.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/failure.h"
#include "daybook/log_begin.h"
#include "ledger/redaction.h"
#include "rpc/status.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;

constexpr int32_t kCasePageSize = 500;
constexpr absl::Duration kBetweenAsks = absl::Milliseconds(200);

absl::StatusOr<QueryEventsResponse> Ask(Connection& connection, const QueryEventsRequest& request) {
  grpc::ClientContext context;
  connection.Prepare(context);
  QueryEventsResponse page;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection.stub().QueryEvents(&context, request, &page)));
  return page;
}

absl::Status NoMatchError(Seq begin) {
  return absl::NotFoundError(absl::StrCat(
      "no event matches the filter",
      begin == Seq(0) ? "" : absl::StrCat("; the first ", begin.value(), " are dropped")));
}

bool HasGroup(const std::vector<ledger::Group>& groups, ledger::Group group) {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

}  // namespace

absl::StatusOr<Collector::Found> Collector::Find() {
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, FirstShown(connection_));
  QueryEventsRequest request;
  request.set_filter(wanted_.filter);
  request.set_page_size(1);
  QueryEventsResponse page;
  while (page.events().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(page, Ask(connection_, request));
    if (page.events().empty() && page.next_page_token().empty()) {
      return NoMatchError(begin);
    }
    request.set_page_token(page.next_page_token());
  }
  DAYBOOK_ASSIGN_OR_RETURN(SignedHead head, WaitForCheckpoint(Seq(page.events(0).seq())));
  return Found{.head = std::move(head), .as_of_size = page.as_of_size(), .begin = begin};
}

// The newest event may be younger than the newest checkpoint, which is due soon.
absl::StatusOr<SignedHead> Collector::WaitForCheckpoint(Seq newest) {
  const absl::Time deadline = absl::Now() + wanted_.patience;
  while (true) {
    grpc::ClientContext context;
    connection_.Prepare(context);
    ledger::v1::GetCheckpointResponse response;
    const absl::Status asked =
        rpc::FromGrpc(connection_.ledger().GetCheckpoint(&context, {}, &response));
    if (!asked.ok() && !absl::IsNotFound(asked)) return asked;
    if (asked.ok()) {
      absl::StatusOr<SignedHead> head = OpenSignedHead(response.checkpoint(), wanted_.keys);
      if (!head.ok()) return About("the newest checkpoint", head.status());
      if (head->checkpoint.head.size.Contains(newest)) return head;
    }
    if (absl::Now() >= deadline) {
      return CheckpointPendingError("no checkpoint covers the newest event yet", kBetweenAsks);
    }
    absl::SleepFor(kBetweenAsks);
  }
}

absl::Status Collector::Collect(const Found& found, CaseWriter& to) {
  absl::Status added = AddAll(found, to);
  if (!added.ok() && ReasonIn(added) != ReasonName(Reason::kPruned)) return added;
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, FirstShown(connection_));
  if (begin == found.begin) return added;
  return absl::UnavailableError("events were dropped meanwhile; try again");
}

absl::Status Collector::AddAll(const Found& found, CaseWriter& to) {
  progress_.Begin("collecting", found.as_of_size);
  QueryEventsRequest request;
  request.set_filter(wanted_.filter);
  request.set_order_by("seq");
  request.set_page_size(kCasePageSize);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const QueryEventsResponse page, Ask(connection_, request));
    for (const Event& event : page.events()) {
      // What came since is not of this case.
      if (event.seq() >= found.as_of_size) return absl::OkStatus();
      DAYBOOK_RETURN_IF_ERROR(AddEvent(event, found, to));
      progress_.Reach(event.seq());
    }
    if (page.next_page_token().empty()) return absl::OkStatus();
    request.set_page_token(page.next_page_token());
  }
}

absl::Status Collector::AddEvent(const Event& event, const Found& found, CaseWriter& to) {
  if (to.events() == kMaxCaseEvents) {
    return absl::InvalidArgumentError(
        absl::StrCat("more than ", kMaxCaseEvents, " events match: ask for fewer at a time"));
  }
  ledger::v1::GetInclusionProofRequest request;
  request.set_seq(event.seq());
  request.set_tree_size(found.head.checkpoint.head.size.value());
  Event shown = event;
  for (const ledger::Group group : ledger::kGroups) {
    if (HasGroup(wanted_.groups, group)) {
      request.add_groups(static_cast<ledger::v1::FieldGroup>(group));
    } else {
      ledger::ClearGroup(group, shown);
    }
  }
  grpc::ClientContext context;
  connection_.Prepare(context);
  ledger::v1::GetInclusionProofResponse answer;
  DAYBOOK_RETURN_IF_ERROR(
      rpc::FromGrpc(connection_.ledger().GetInclusionProof(&context, request, &answer)));
  CaseItem item{
      .seq = Seq(event.seq()), .leaf_bytes = answer.leaf_bytes(), .proof = {}, .openings = {}};
  DAYBOOK_ASSIGN_OR_RETURN(item.proof, HashesIn(answer.proof()));
  *item.openings.mutable_openings() = answer.openings();
  *item.openings.mutable_erased_groups() = answer.erased_groups();
  return to.Add(shown, item);
}

}  // namespace daybook::cli::evidence
