#include "daybook/online_verifier.h"

#include <algorithm>
#include <future>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/evidence/case_item.h"
#include "daybook/failure.h"
#include "daybook/log_growth.h"
#include "daybook/signed_head.h"
#include "ledger/leaf.h"
#include "rpc/status.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::verify::Fault;

constexpr int32_t kEventsAtOnce = 1'000;

absl::StatusOr<audit::v1::QueryEventsResponse> AskEvents(Connection& connection,
                                                         const QueryEventsRequest& request) {
  grpc::ClientContext context;
  connection.Prepare(context);
  audit::v1::QueryEventsResponse page;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection.stub().QueryEvents(&context, request, &page)));
  return page;
}

}  // namespace

absl::StatusOr<verify::Report> OnlineVerifier::Verify(telemetry::Progress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_signed, TakeHead());
  if (!is_signed) return std::move(report_);
  DAYBOOK_RETURN_IF_ERROR(CompareOutside());
  DrawSample();
  progress.Begin("verifying", size());
  const absl::Status read = ReadEvents(progress);
  progress.End();
  if (!read.ok()) return read;
  return std::move(report_);
}

absl::StatusOr<bool> OnlineVerifier::TakeHead() {
  QueryEventsRequest newest;
  newest.set_page_size(1);
  DAYBOOK_ASSIGN_OR_RETURN(const std::string note, NewestNote(connection_));
  DAYBOOK_ASSIGN_OR_RETURN(const Page page, AskEvents(connection_, newest));
  report_.size = page.as_of_size();
  report_.checkpoints = 1;
  const auto head = OpenSignedHead(note, options_.keys);
  if (!head.ok()) {
    report_.findings.Add(Fault::kSignatureInvalid,
                         absl::StrCat("the newest checkpoint: ", head.status().message()));
    return false;
  }
  report_.origin = head->checkpoint.origin;
  report_.newest = verify::SignedHead{.head = head->checkpoint.head, .origin = report_.origin};
  return true;
}

absl::Status OnlineVerifier::CompareOutside() {
  if (!options_.outside) return absl::OkStatus();
  const verify::SignedHead& outside = *options_.outside;
  report_.is_anchored = true;
  if (outside.origin != report_.origin) {
    report_.findings.Add(Fault::kRootMismatch,
                         absl::StrCat(outside.name, " is of the log ", outside.origin));
    return absl::OkStatus();
  }
  absl::Status grown = CheckGrowth(connection_, outside.head, report_.newest->head);
  if (grown.ok() || !IsNotVerified(grown)) return grown;
  const uint64_t claimed = outside.head.size.value();
  if (claimed > size()) {
    report_.findings.Add({.fault = Fault::kLogCutShort,
                          .first_seq = size(),
                          .last_seq = claimed - 1,
                          .what = outside.name});
  } else {
    report_.findings.Add(Fault::kRootMismatch, absl::StrCat(outside.name, ": ", grown.message()));
  }
  return absl::OkStatus();
}

// The service must not know beforehand which it will be.
void OnlineVerifier::DrawSample() {
  if (!options_.sample || *options_.sample >= size()) return;
  sample_.emplace();
  std::random_device random;
  std::uniform_int_distribution<uint64_t> any(0, size() - 1);
  while (sample_->size() < *options_.sample) sample_->insert(any(random));
}

absl::Status OnlineVerifier::ReadEvents(telemetry::Progress& progress) {
  QueryEventsRequest request;
  request.set_order_by("seq");
  request.set_page_size(kEventsAtOnce);
  while (report_.events < size()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Page page, AskEvents(connection_, request));
    DAYBOOK_ASSIGN_OR_RETURN(const bool goes_on, TakePage(page));
    if (!goes_on) return absl::OkStatus();
    progress.Reach(report_.events);
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  if (report_.events < size()) {
    report_.findings.Add({.fault = Fault::kRowMissing,
                          .first_seq = report_.events,
                          .last_seq = size() - 1,
                          .what = "the service does not show them"});
  } else if (tree_.Root() != report_.newest->head.root) {
    report_.findings.Add({.fault = Fault::kRootMismatch,
                          .first_seq = 0,
                          .last_seq = size() - 1,
                          .what = "the leaves that the service shows"});
  }
  return absl::OkStatus();
}

// False where nothing behind it can be told.
absl::StatusOr<bool> OnlineVerifier::TakePage(const Page& page) {
  std::vector<Event> opened;
  for (const Event& event : page.events()) {
    if (report_.events == size()) break;
    const uint64_t seq = report_.events;
    if (event.seq() != seq) {
      report_.findings.Add({.fault = Fault::kRowMissing,
                            .first_seq = seq,
                            .last_seq = event.seq() > seq ? event.seq() - 1 : seq,
                            .what = "the service does not show it"});
      return false;
    }
    ledger::Hash leaf = {};
    if (event.leaf_hash().size() == leaf.size()) {
      std::copy(event.leaf_hash().begin(), event.leaf_hash().end(), leaf.begin());
    }
    tree_.Add(leaf);
    ++report_.events;
    if (!sample_ || sample_->contains(seq)) opened.push_back(event);
  }
  return OpenEvents(opened);
}

// Each thread takes its share of them.
absl::StatusOr<bool> OnlineVerifier::OpenEvents(const std::vector<Event>& events) {
  std::vector<size_t> bad(options_.threads, events.size());
  std::vector<std::future<absl::Status>> shares;
  shares.reserve(bad.size());
  for (size_t i = 0; i < bad.size(); ++i) {
    shares.push_back(
        std::async(std::launch::async, [&, i] { return OpenSome(events, i, bad[i]); }));
  }
  size_t first = events.size();
  absl::Status why;
  absl::Status failed;
  for (size_t i = 0; i < bad.size(); ++i) {
    const absl::Status outcome = shares[i].get();
    if (!outcome.ok() && !IsNotVerified(outcome)) failed.Update(outcome);
    if (bad[i] < first) {
      first = bad[i];
      why = outcome;
    }
  }
  if (!failed.ok()) return failed;
  if (why.ok()) return true;
  report_.findings.Add(Fault::kLeafMismatch, events[first].seq(), std::string(why.message()));
  return false;
}

absl::Status OnlineVerifier::OpenSome(const std::vector<Event>& events, size_t from,
                                      size_t& bad) const {
  for (size_t i = from; i < events.size(); i += options_.threads) {
    absl::Status opened = OpenTwice(events[i]);
    if (opened.ok()) continue;
    bad = i;
    return opened;
  }
  return absl::OkStatus();
}

// It may have been erased between the two answers.
absl::Status OnlineVerifier::OpenTwice(const Event& shown) const {
  absl::Status opened = Open(shown);
  if (!IsNotVerified(opened)) return opened;
  audit::v1::GetEventRequest request;
  request.set_seq(shown.seq());
  grpc::ClientContext context;
  connection_.Prepare(context);
  Event again;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection_.stub().GetEvent(&context, request, &again)));
  return Open(again);
}

absl::Status OnlineVerifier::Open(const Event& shown) const {
  ledger::v1::GetInclusionProofRequest request;
  request.set_seq(shown.seq());
  request.set_tree_size(size());
  for (const ledger::Group group : ledger::kGroups) {
    request.add_groups(static_cast<ledger::v1::FieldGroup>(group));
  }
  grpc::ClientContext context;
  connection_.Prepare(context);
  evidence::CaseItem item{.seq = Seq(shown.seq()), .leaf_bytes = {}, .proof = {}, .openings = {}};
  DAYBOOK_RETURN_IF_ERROR(
      rpc::FromGrpc(connection_.ledger().GetInclusionProof(&context, request, &item.openings)));
  item.leaf_bytes = item.openings.leaf_bytes();
  DAYBOOK_ASSIGN_OR_RETURN(item.proof, HashesIn(item.openings.proof()));
  DAYBOOK_ASSIGN_OR_RETURN(const Event proven, evidence::ProvenEvent(item, report_.newest->head));
  return evidence::CheckShown(shown, proven);
}

}  // namespace daybook::cli
