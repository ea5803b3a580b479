#include "journal/reader.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "google/protobuf/util/field_mask_util.h"
#include "journal/paging.h"
#include "journal/plan_message.h"
#include "query/filter.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;
using ::daybook::storage::ScanOrder;
using ::google::protobuf::util::FieldMaskUtil;

absl::string_view NameOf(ScanOrder order) {
  switch (order) {
    case ScanOrder::kSeq:
      return "seq";
    case ScanOrder::kSeqDescending:
      return "seq desc";
    case ScanOrder::kEventTime:
      return "event_time";
    case ScanOrder::kEventTimeDescending:
      return "event_time desc";
  }
  return "";
}

absl::StatusOr<ScanOrder> OrderOf(const QueryEventsRequest& request) {
  if (request.order_by().empty()) return ScanOrder::kSeqDescending;
  for (const ScanOrder order : {ScanOrder::kSeq, ScanOrder::kSeqDescending, ScanOrder::kEventTime,
                                ScanOrder::kEventTimeDescending}) {
    if (request.order_by() == NameOf(order)) return order;
  }
  return FieldError("order_by", "must be `seq desc`, `seq`, `event_time desc` or `event_time`");
}

absl::Status CheckReadMask(const QueryEventsRequest& request) {
  const auto& paths = request.read_mask().paths();
  // An empty path passes for valid and would select nothing.
  const bool has_empty_path = std::find(paths.begin(), paths.end(), "") != paths.end();
  if (!has_empty_path && FieldMaskUtil::IsValidFieldMask<Event>(request.read_mask())) {
    return absl::OkStatus();
  }
  return FieldError("read_mask", "names a field that Event has not");
}

// What makes two requests pages of the same query: everything but the page, and when it was
// asked for.
absl::StatusOr<std::string> IdentityOf(const auth::Principal& principal,
                                       const QueryEventsRequest& request, ScanOrder order) {
  DAYBOOK_ASSIGN_OR_RETURN(const query::Filter filter,
                           query::Filter::Parse(request.filter(), absl::UnixEpoch()));
  return absl::StrCat("QueryEvents\n", principal.producer, "\n", principal.source, "\n",
                      NameOf(order), "\n", request.as_of_size(), "\n", filter.Normalised());
}

// Whether events are dropped that would come next. Of those that come by event time nobody knows
// any more, so all that are dropped since the first page may be among them.
bool IsBehind(const storage::ScanRequest& scan, Seq first_begin, Seq begin) {
  if (IsDescending(scan.order) || !scan.last_examined) return false;
  if (IsByEventTime(scan.order)) return first_begin < begin;
  return scan.last_examined->value() + 1 < begin.value();
}

absl::Status PageDroppedError(Seq begin) {
  return ErrorWithReason(
      absl::StatusCode::kNotFound, Reason::kPruned,
      absl::StrCat("what this page may begin with is dropped meanwhile: the log keeps the events"
                   " from ",
                   begin.value(), " on; ask for the first page again"));
}

}  // namespace

void Reader::Get(const audit::v1::GetEventRequest& request, Answer<Event> answer) {
  RunOn<Event>(
      pool_, [this, seq = Seq(request.seq())] { return store_.Get(seq); }, std::move(answer));
}

void Reader::Query(const auth::Principal& principal, const QueryEventsRequest& request,
                   Cancelled cancelled, Answer<QueryEventsResponse> answer) {
  RunOn<QueryEventsResponse>(
      pool_,
      [this, principal, request, cancelled = std::move(cancelled)] {
        return DoQuery(principal, request, cancelled);
      },
      std::move(answer));
}

// A page has no gap: neither behind the page before, nor within.
absl::StatusOr<storage::ScanResult> Reader::Scan(const storage::ScanRequest& scan,
                                                 Seq first_begin) {
  while (true) {
    const Seq begin = store_.Begin();
    if (IsBehind(scan, first_begin, begin)) return PageDroppedError(begin);
    absl::StatusOr<storage::ScanResult> found = store_.Scan(scan);
    if (!found.ok() || store_.Begin() == begin) return found;
  }
}

absl::StatusOr<QueryEventsResponse> Reader::DoQuery(const auth::Principal& principal,
                                                    const QueryEventsRequest& request,
                                                    const Cancelled& cancelled) {
  storage::ScanRequest scan;
  scan.cancelled = [&] {
    pool_.GiveWay();
    return cancelled();
  };
  scan.explain = request.explain();
  DAYBOOK_ASSIGN_OR_RETURN(scan.limit, PageSizeOf(request.page_size()));
  DAYBOOK_ASSIGN_OR_RETURN(scan.order, OrderOf(request));
  absl::Time asked_at = clock_.Now();
  DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(request.filter(), asked_at));
  DAYBOOK_ASSIGN_OR_RETURN(scan.as_of, SnapshotOf(request.as_of_size(), store_.Size()));
  DAYBOOK_RETURN_IF_ERROR(CheckReadMask(request));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string identity, IdentityOf(principal, request, scan.order));
  Seq first_begin = store_.Begin();
  if (!request.page_token().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const query::v1::PagePosition position,
                             tokens_.Open(request.page_token(), identity, clock_.Now()));
    scan.as_of = LogSize(position.as_of_size());
    scan.last_examined = Seq(position.last_seq());
    scan.last_event_time = position.last_event_time();
    first_begin = Seq(position.log_begin());
    asked_at = absl::FromUnixMicros(position.asked_at());
    DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(request.filter(), asked_at));
  }
  const absl::Time begun_at = clock_.Now();
  DAYBOOK_ASSIGN_OR_RETURN(storage::ScanResult found, Scan(scan, first_begin));

  QueryEventsResponse response;
  response.set_as_of_size(scan.as_of.value());
  response.set_scan_budget_exhausted(found.budget_exhausted);
  if (scan.explain) *response.mutable_plan() = PlanOf(found, clock_.Now() - begun_at);
  if (found.last_examined) {
    query::v1::PagePosition position;
    position.set_as_of_size(scan.as_of.value());
    position.set_asked_at(absl::ToUnixMicros(asked_at));
    position.set_last_seq(found.last_examined->value());
    position.set_last_event_time(found.last_event_time);
    position.set_log_begin(first_begin.value());
    response.set_next_page_token(tokens_.Make(position, identity, clock_.Now()));
  }
  for (Event& event : found.events) {
    if (!request.read_mask().paths().empty()) {
      FieldMaskUtil::TrimMessage(request.read_mask(), &event);
    }
    *response.add_events() = std::move(event);
  }
  return response;
}

}  // namespace daybook::journal
