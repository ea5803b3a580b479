#include "daybook/importer/batch_sender.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "daybook/importer/recorded_rows.h"
#include "rpc/status.h"

namespace daybook::cli::importer {
namespace {

// Below the 4 MiB that a batch may have as encoded, by more than the keys and
// lengths around an event and its request_id take.
constexpr size_t kMaxBatchBytes = (size_t{4} << 20) - (size_t{256} << 10);
constexpr size_t kRequestBytes = 128;

}  // namespace

absl::Status NamingRows(const absl::Status& error, const std::vector<int64_t>& rows) {
  constexpr absl::string_view kOpening = "requests[";
  const absl::string_view message = error.message();
  const size_t begin = message.find(kOpening);
  if (begin == absl::string_view::npos) return error;
  const size_t end = message.find(']', begin);
  const size_t number_at = begin + kOpening.size();
  size_t index = 0;
  if (end == absl::string_view::npos ||
      !absl::SimpleAtoi(message.substr(number_at, end - number_at), &index) ||
      index >= rows.size()) {
    return error;
  }
  absl::string_view rest = message.substr(end + 1);
  const absl::string_view separator = absl::ConsumePrefix(&rest, ".") ? ": " : "";
  absl::Status named(error.code(),
                     absl::StrCat(message.substr(0, begin), "row ", rows[index], separator, rest));
  error.ForEachPayload([&](absl::string_view type_url, const absl::Cord& payload) {
    named.SetPayload(type_url, payload);
  });
  return named;
}

absl::Status BatchSender::Add(int64_t row, audit::v1::Event event) {
  const size_t bytes = event.ByteSizeLong() + kRequestBytes;
  const bool is_full =
      batch_.requests_size() == options_.batch_events || batch_bytes_ + bytes > kMaxBatchBytes;
  absl::Status sent = is_full ? Send() : absl::OkStatus();
  auto& request = *batch_.add_requests();
  request.set_request_id(RequestIdOf(options_.table, row));
  *request.mutable_event() = std::move(event);
  batch_bytes_ += bytes;
  rows_.push_back(row);
  return sent;
}

absl::Status BatchSender::Finish() { return rows_.empty() ? absl::OkStatus() : Send(); }

absl::Status BatchSender::Call(audit::v1::BatchRecordEventsResponse& response) {
  grpc::ClientContext context;
  connection_.Prepare(context);
  context.AddMetadata("daybook-producer", options_.producer);
  return rpc::FromGrpc(connection_.stub().BatchRecordEvents(&context, batch_, &response));
}

absl::Status BatchSender::Send() {
  audit::v1::BatchRecordEventsResponse response;
  absl::Status sent = Call(response);
  while (!sent.ok()) {
    const auto delay = retries_.DelayAfter(sent, absl::Now());
    if (!delay) return NamingRows(sent, rows_);
    absl::SleepFor(*delay);
    sent = Call(response);
  }
  retries_.Reset();
  for (const auto& receipt : response.receipts()) {
    ++(receipt.duplicate() ? counts_.repeated : counts_.recorded);
  }
  batch_.clear_requests();
  batch_bytes_ = 0;
  rows_.clear();
  return absl::OkStatus();
}

}  // namespace daybook::cli::importer
