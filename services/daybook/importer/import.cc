#include "daybook/importer/import.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "rpc/status.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::audit::v1::Event;

constexpr int kPageSize = 1'000;

}  // namespace

Import::Import(const Collaborators& collaborators, Options options)
    : with_(collaborators), options_(std::move(options)), recorded_(with_.table.name()) {}

absl::Status Import::Run() {
  if (!options_.dry_run) DAYBOOK_RETURN_IF_ERROR(AskLog());
  if (!options_.skip_invalid.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(skipped_, SkippedRows::Begin(options_.skip_invalid));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckRows());
  return options_.dry_run ? absl::OkStatus() : SendRows();
}

absl::Status Import::AskLog() {
  audit::v1::QueryEventsRequest request;
  request.set_filter(absl::StrCat("producer = \"", options_.producer, "\""));
  request.set_order_by("seq");
  request.set_page_size(kPageSize);
  do {
    grpc::ClientContext context;
    with_.connection.Prepare(context);
    audit::v1::QueryEventsResponse page;
    DAYBOOK_RETURN_IF_ERROR(
        rpc::FromGrpc(with_.connection.stub().QueryEvents(&context, request, &page)));
    if (request.page_token().empty()) with_.progress.Begin("asking the log", page.as_of_size());
    for (const Event& event : page.events()) recorded_.Add(event);
    if (!page.events().empty()) with_.progress.Reach(page.events().rbegin()->seq());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

MappedRow Import::Map(const SourceRow& row) const {
  MappedRow mapped = with_.mapper.Map(row);
  if (mapped.problems.empty() &&
      recorded_.StateOf(row.id, mapped.event) == RecordedRows::State::kChanged) {
    mapped.problems.push_back(
        {.column = "id", .description = "is in the log already, with other values in its row"});
  }
  return mapped;
}

absl::Status Import::CheckRows() {
  with_.progress.Begin("checking", with_.table.rows());
  DAYBOOK_RETURN_IF_ERROR(with_.table.ForEachRow([&](const SourceRow& row) {
    const MappedRow mapped = Map(row);
    problems_.Add(row.id, mapped.problems);
    if (!mapped.problems.empty() && skipped_) skipped_->Add(row, mapped.problems);
    with_.progress.Reach(++counts_.rows);
    return absl::OkStatus();
  }));
  if (skipped_) return skipped_->Finish();
  if (problems_.rows() == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(problems_.rows(), " of ", counts_.rows,
                   " rows cannot be recorded; nothing was sent. --skip-invalid FILE sets them "
                   "aside and records the others"));
}

absl::Status Import::SendRow(const SourceRow& row, BatchSender& sender) {
  ++counts_.rows;
  if (skipped_ && skipped_->Contains(row.id)) {
    ++counts_.skipped;
    return absl::OkStatus();
  }
  MappedRow mapped = Map(row);
  if (!mapped.problems.empty()) {
    return absl::AbortedError(
        absl::StrCat("row ", row.id, " was changed meanwhile, and cannot be recorded any more: ",
                     mapped.problems.front().column, " ", mapped.problems.front().description));
  }
  if (recorded_.StateOf(row.id, mapped.event) == RecordedRows::State::kSame) {
    ++counts_.repeated;
    return absl::OkStatus();
  }
  return sender.Add(row.id, std::move(mapped.event));
}

absl::Status Import::SendRows() {
  with_.progress.Begin("recording", with_.table.rows());
  counts_.rows = 0;
  BatchSender sender(with_.connection, {.producer = options_.producer,
                                        .table = with_.table.name(),
                                        .batch_events = options_.batch_events,
                                        .patience = options_.patience});
  absl::Status sent = with_.table.ForEachRow([&](const SourceRow& row) {
    absl::Status status = SendRow(row, sender);
    with_.progress.Reach(counts_.rows);
    return status;
  });
  if (sent.ok()) sent = sender.Finish();
  counts_.recorded = sender.counts().recorded;
  counts_.repeated += sender.counts().repeated;
  return sent;
}

}  // namespace daybook::cli::importer
