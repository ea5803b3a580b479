#include "daybook/online_verifier.h"

#include <algorithm>
#include <future>
#include <random>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/evidence/case_item.h"
#include "daybook/failure.h"
#include "daybook/log_begin.h"
#include "daybook/log_growth.h"
#include "daybook/signed_head.h"
#include "ledger/leaf.h"
#include "rpc/status.h"
#include "storage/checkpoint_store.h"
#include "storage/dropped_events.h"
#include "storage/retention_store.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::verify::Fault;

constexpr int32_t kEventsAtOnce = 1'000;

// A log begins at a multiple of this many events.
constexpr uint64_t kLeastDropped = uint64_t{1} << storage::kSubtreeHeight;

// So many times the log may begin later while it is read.
constexpr int kMostBegins = 8;

bool IsPruned(const absl::Status& error) { return ReasonIn(error) == ReasonName(Reason::kPruned); }

// Whether the log says of itself that events are dropped.
bool IsDeclaration(const Event& event) {
  return event.source() == audit::v1::SOURCE_SERVICE && event.action() == storage::kPrunedAction;
}

absl::StatusOr<audit::v1::QueryEventsResponse> AskEvents(Connection& connection,
                                                         const QueryEventsRequest& request) {
  grpc::ClientContext context;
  connection.Prepare(context);
  audit::v1::QueryEventsResponse page;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection.stub().QueryEvents(&context, request, &page)));
  return page;
}

}  // namespace

// Events may be dropped meanwhile; from then on the log is another one to read.
absl::StatusOr<verify::Report> OnlineVerifier::Verify(telemetry::Progress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(Seq begin, FirstShown(connection_));
  for (int i = 0; i < kMostBegins; ++i) {
    const absl::Status verified = VerifyFrom(begin, progress);
    progress.End();
    if (verified.ok()) return std::move(report_);
    if (!IsPruned(verified)) return verified;
    DAYBOOK_ASSIGN_OR_RETURN(const Seq now, FirstShown(connection_));
    if (now <= begin) return verified;
    begin = now;
  }
  return absl::UnavailableError("events are dropped faster than they can be verified; try again");
}

// The head is younger than the begin, so that it covers what was declared of that.
absl::Status OnlineVerifier::VerifyFrom(Seq begin, telemetry::Progress& progress) {
  report_ = verify::Report();
  is_declared_ = begin == Seq(0);
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_signed, TakeHead());
  if (!is_signed) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(CompareOutside());
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_proven, TakeBegin(begin));
  if (!is_proven) return absl::OkStatus();
  DrawSample();
  progress.Begin("verifying", size() - report_.begin);
  return ReadEvents(progress);
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

// False where nothing behind it can be told.
absl::StatusOr<bool> OnlineVerifier::TakeBegin(Seq begin) {
  tree_ = ledger::CompactRange();
  if (begin == Seq(0)) return true;
  const bool can_be = begin.value() % kLeastDropped == 0 && begin.value() < size();
  if (!can_be) {
    AddMissing(begin.value() - 1);
    return false;
  }
  absl::StatusOr<ledger::CompactRange> before =
      ProveBegin(connection_, begin, report_.newest->head);
  if (IsNotVerified(before.status())) {
    report_.findings.Add(Fault::kLeafMismatch, begin.value(),
                         std::string(before.status().message()));
    return false;
  }
  if (!before.ok()) return std::move(before).status();
  tree_ = *std::move(before);
  report_.begin = begin.value();
  return true;
}

// The service must not know beforehand which it will be.
void OnlineVerifier::DrawSample() {
  sample_.reset();
  if (!options_.sample || *options_.sample >= size() - report_.begin) return;
  sample_.emplace();
  std::random_device random;
  std::uniform_int_distribution<uint64_t> any(report_.begin, size() - 1);
  while (sample_->size() < *options_.sample) sample_->insert(any(random));
}

absl::Status OnlineVerifier::ReadEvents(telemetry::Progress& progress) {
  QueryEventsRequest request;
  request.set_order_by("seq");
  request.set_page_size(kEventsAtOnce);
  while (next() < size()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Page page, AskEvents(connection_, request));
    DAYBOOK_ASSIGN_OR_RETURN(const bool goes_on, TakePage(page));
    if (!goes_on) return absl::OkStatus();
    progress.Reach(report_.events);
    if (page.next_page_token().empty()) break;
    request.set_page_token(page.next_page_token());
  }
  Conclude();
  return absl::OkStatus();
}

void OnlineVerifier::Conclude() {
  if (next() < size()) {
    AddMissing(size() - 1);
  } else if (tree_.Root() != report_.newest->head.root) {
    report_.findings.Add({.fault = Fault::kRootMismatch,
                          .first_seq = report_.begin,
                          .last_seq = size() - 1,
                          .what = "the leaves that the service shows"});
  }
  if (is_declared_) return;
  report_.findings.Add({.fault = Fault::kUndeclaredPruning,
                        .first_seq = 0,
                        .last_seq = report_.begin - 1,
                        .what = "the service does not show them"});
}

// False where nothing behind it can be told.
absl::StatusOr<bool> OnlineVerifier::TakePage(const Page& page) {
  std::vector<Event> opened;
  for (const Event& event : page.events()) {
    if (next() == size()) break;
    const uint64_t seq = next();
    if (event.seq() != seq) {
      DAYBOOK_RETURN_IF_ERROR(MissEvents(event.seq() > seq ? event.seq() - 1 : seq));
      return false;
    }
    ledger::Hash leaf = {};
    if (event.leaf_hash().size() == leaf.size()) {
      std::copy(event.leaf_hash().begin(), event.leaf_hash().end(), leaf.begin());
    }
    tree_.Add(leaf);
    ++report_.events;
    if (!sample_ || sample_->contains(seq) || IsDeclaration(event)) opened.push_back(event);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const bool are_opened, OpenEvents(opened));
  if (are_opened) TakeDeclarations(opened);
  return are_opened;
}

// Those from the next one up to `last` are not shown. PRUNED where that is so because
// the log begins later now.
absl::Status OnlineVerifier::MissEvents(uint64_t last) {
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, FirstShown(connection_));
  if (begin.value() % kLeastDropped == 0 && begin.value() > next() && begin.value() == last + 1) {
    return ErrorWithReason(absl::StatusCode::kNotFound, Reason::kPruned, "dropped meanwhile");
  }
  AddMissing(last);
  return absl::OkStatus();
}

void OnlineVerifier::AddMissing(uint64_t last) {
  report_.findings.Add({.fault = Fault::kRowMissing,
                        .first_seq = next(),
                        .last_seq = last,
                        .what = "the service does not show them"});
}

// Of events that are what their leaves say.
void OnlineVerifier::TakeDeclarations(const std::vector<Event>& events) {
  for (const Event& event : events) {
    if (!IsDeclaration(event)) continue;
    const auto dropped = storage::ParseDroppedEvents(event.public_details());
    if (dropped && dropped->last.value() + 1 == report_.begin) is_declared_ = true;
  }
}

// Each thread takes its share of them.
absl::StatusOr<bool> OnlineVerifier::OpenEvents(std::vector<Event>& events) {
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

absl::Status OnlineVerifier::OpenSome(std::vector<Event>& events, size_t from, size_t& bad) const {
  for (size_t i = from; i < events.size(); i += options_.threads) {
    absl::Status opened = OpenTwice(events[i]);
    if (opened.ok()) continue;
    bad = i;
    return opened;
  }
  return absl::OkStatus();
}

// It may have been erased between the two answers: then `shown` becomes what is left.
absl::Status OnlineVerifier::OpenTwice(Event& shown) const {
  absl::Status opened = Open(shown);
  if (!IsNotVerified(opened)) return opened;
  audit::v1::GetEventRequest request;
  request.set_seq(shown.seq());
  grpc::ClientContext context;
  connection_.Prepare(context);
  Event again;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(connection_.stub().GetEvent(&context, request, &again)));
  if (again.seq() != shown.seq()) return opened;
  DAYBOOK_RETURN_IF_ERROR(Open(again));
  shown = std::move(again);
  return absl::OkStatus();
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
