#include "journal/detections.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "detect/firing.h"
#include "query/filter.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::ListDetectionsRequest;
using ::daybook::audit::v1::ListDetectionsResponse;

constexpr int kDefaultDetections = 100;
constexpr int kMaxDetections = 1'000;

absl::StatusOr<size_t> DetectionsPerPage(const ListDetectionsRequest& request) {
  if (request.page_size() < 0) {
    return InvalidFieldError({.reason = Reason::kFieldInvalid,
                              .field = "page_size",
                              .description = "must not be negative"});
  }
  if (request.page_size() == 0) return kDefaultDetections;
  return static_cast<size_t>(std::min(request.page_size(), kMaxDetections));
}

}  // namespace

void Detections::List(const auth::Principal& principal, const ListDetectionsRequest& request,
                      Cancelled cancelled, Answer<ListDetectionsResponse> answer) {
  RunOn<ListDetectionsResponse>(
      pool_,
      [this, principal, request, cancelled = std::move(cancelled)] {
        return DoList(principal, request, cancelled);
      },
      std::move(answer));
}

absl::StatusOr<ListDetectionsResponse> Detections::DoList(const auth::Principal& principal,
                                                          const ListDetectionsRequest& request,
                                                          const Cancelled& cancelled) {
  const std::string identity = absl::StrCat("ListDetections\n", principal.producer, "\n",
                                            principal.source, "\n", request.rule());
  DAYBOOK_ASSIGN_OR_RETURN(const size_t page_size, DetectionsPerPage(request));
  storage::ScanRequest scan;
  scan.cancelled = [&] {
    pool_.GiveWay();
    return cancelled();
  };
  scan.as_of = store_.Size();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string filter, detect::FiringsFilter(request.rule()));
  DAYBOOK_ASSIGN_OR_RETURN(scan.filter, query::Filter::Parse(filter));
  if (!request.page_token().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(const query::v1::PagePosition position,
                             tokens_.Open(request.page_token(), identity, clock_.Now()));
    scan.as_of = LogSize(position.as_of_size());
    scan.last_examined = Seq(position.last_seq());
  }
  ListDetectionsResponse response;
  response.set_as_of_size(scan.as_of.value());
  scan.limit = page_size;
  DAYBOOK_ASSIGN_OR_RETURN(const storage::ScanResult found, store_.Scan(scan));
  response.set_scan_budget_exhausted(found.budget_exhausted);
  for (const auto& event : found.events) {
    if (auto detection = detect::DetectionOf(event)) {
      *response.add_detections() = *std::move(detection);
    }
  }
  if (found.last_examined) {
    query::v1::PagePosition position;
    position.set_as_of_size(scan.as_of.value());
    position.set_last_seq(found.last_examined->value());
    response.set_next_page_token(tokens_.Make(position, identity, clock_.Now()));
  }
  return response;
}

}  // namespace daybook::journal
