#include "journal/spool_import.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

#include "auth/principal.h"
#include "core/status_macros.h"
#include "event/checked_event.h"
#include "journal/await.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::BatchRecordEventsRequest;
using ::daybook::audit::v1::BatchRecordEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;
using ::daybook::telemetry::Severity;

const auth::Principal& Service() {
  static const auto* const service =
      new auth::Principal{.producer = auth::kService, .source = audit::v1::SOURCE_SERVICE};
  return *service;
}

// Lines count from 1.
std::string RequestIdOf(const std::string& run, size_t line) {
  return absl::StrCat("migration:", run, ":", line);
}

absl::Status OnLine(size_t line, const absl::Status& status) {
  if (status.ok()) return status;
  return {status.code(), absl::StrCat("line ", line, ": ", status.message())};
}

// Whether no other attempt can end differently.
bool IsHopeless(const absl::Status& status) {
  return absl::IsInvalidArgument(status) || absl::IsAlreadyExists(status);
}

}  // namespace

SpoolImport::SpoolImport(spool::SpoolFolder folder, const Collaborators& collaborators)
    : folder_(std::move(folder)),
      with_(collaborators),
      imported_files_(with_.metrics.AddCounter("daybook_journal_spool_files_total",
                                               "Files of the spool that were taken from it.",
                                               {{"outcome", "imported"}})),
      bad_files_(with_.metrics.AddCounter("daybook_journal_spool_files_total",
                                          "Files of the spool that were taken from it.",
                                          {{"outcome", "bad"}})),
      events_(with_.metrics.AddCounter("daybook_journal_spool_events_total",
                                       "Events that were recorded from the spool.")),
      waiting_files_(with_.metrics.AddGauge("daybook_journal_spool_waiting_files",
                                            "Files that were left in the spool.")) {}

void SpoolImport::ImportWaiting(const std::atomic<bool>& stop) {
  const absl::StatusOr<std::vector<std::string>> runs = folder_.Runs();
  Tell("", runs.status());
  if (!runs.ok()) return;
  for (const std::string& run : *runs) {
    if (stop || !Import(run)) break;
  }
  if (const auto left = folder_.Runs(); left.ok()) {
    waiting_files_.Set(static_cast<double>(left->size()));
  }
}

bool SpoolImport::Import(const std::string& run) {
  const absl::StatusOr<std::vector<Event>> events = folder_.Read(run);
  if (absl::IsNotFound(events.status())) return true;
  const absl::Status recorded = events.ok() ? Record(run, *events) : events.status();
  if (IsHopeless(recorded)) {
    SetAside(run, recorded);
  } else if (recorded.ok()) {
    Remove(run);
  } else {
    Tell(run, recorded);
  }
  // A file that cannot be read is no reason for the others to wait.
  return !events.ok() || recorded.ok() || IsHopeless(recorded);
}

absl::Status SpoolImport::Record(const std::string& run, const std::vector<Event>& events) {
  DAYBOOK_ASSIGN_OR_RETURN(const BatchRecordEventsRequest missing, Missing(run, events));
  if (missing.requests().empty()) return absl::OkStatus();
  using Response = std::shared_ptr<const BatchRecordEventsResponse>;
  DAYBOOK_RETURN_IF_ERROR(Await<Response>([&](Answer<Response> answer) {
                            with_.journal.recorder().BatchRecord(
                                Service(), std::make_shared<BatchRecordEventsRequest>(missing),
                                std::move(answer));
                          }).status());
  events_.Add(missing.requests_size());
  return absl::OkStatus();
}

absl::StatusOr<BatchRecordEventsRequest> SpoolImport::Missing(const std::string& run,
                                                              const std::vector<Event>& events) {
  BatchRecordEventsRequest missing;
  for (size_t i = 0; i < events.size(); ++i) {
    const std::string request_id = RequestIdOf(run, i + 1);
    const absl::StatusOr<bool> is_recorded = IsRecorded(request_id, events[i]);
    if (!is_recorded.ok()) return OnLine(i + 1, is_recorded.status());
    if (*is_recorded) continue;
    auto& request = *missing.add_requests();
    request.set_request_id(request_id);
    *request.mutable_event() = events[i];
  }
  return missing;
}

// Asks the log and not the memory of request ids: that one forgets.
absl::StatusOr<bool> SpoolImport::IsRecorded(const std::string& request_id, const Event& event) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const event::CheckedEvent fresh,
      event::CheckedEvent::Check(
          with_.journal.rules(), event,
          {.producer = Service().producer, .source = Service().source, .request_id = request_id},
          with_.clock.Now()));
  QueryEventsRequest request;
  request.set_filter(
      absl::StrCat("producer = ", auth::kService, " AND request_id = \"", request_id, "\""));
  do {
    DAYBOOK_ASSIGN_OR_RETURN(const QueryEventsResponse page,
                             Await<QueryEventsResponse>([&](Answer<QueryEventsResponse> answer) {
                               with_.journal.reader().Query(
                                   Service(), request, [] { return false; }, std::move(answer));
                             }));
    for (const Event& stored : page.events()) {
      if (event::SameRequest(fresh, stored)) return true;
      return absl::AlreadyExistsError(
          absl::StrCat("this run was recorded with another event, seq ", stored.seq()));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return false;
}

void SpoolImport::Remove(const std::string& run) {
  const absl::Status removed = folder_.Remove(run);
  Tell(run, removed);
  if (!removed.ok()) return;  // next time there is nothing left to record
  imported_files_.Add();
  with_.log.Write(Severity::kInfo, "spool_imported", {{"run", run}});
}

void SpoolImport::SetAside(const std::string& run, const absl::Status& why) {
  const absl::Status aside = folder_.SetAside(run);
  if (!aside.ok()) return Tell(run, aside);
  told_.erase(run);
  bad_files_.Add();
  with_.log.Write(Severity::kError, "spool_bad",
                  {{"run", run}, {"message", std::string(why.message())}});
}

void SpoolImport::Tell(const std::string& run, const absl::Status& problem) {
  if (problem.ok()) {
    told_.erase(run);
    return;
  }
  if (std::exchange(told_[run], problem) == problem) return;
  with_.log.Write(
      Severity::kWarning, "spool_waits",
      {{"run", run}, {"folder", folder_.path()}, {"message", std::string(problem.message())}});
}

}  // namespace daybook::journal
