#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "daybook/importer/retry_schedule.h"

namespace daybook::cli::importer {

// Gathers the events of rows into batches and records them in order, one batch
// after the other. A batch that was perhaps recorded is sent again as it was,
// and its request_ids keep it from being recorded twice.
//
// Thread-compatible.
class BatchSender {
 public:
  struct Options {
    std::string producer;
    std::string table;  // as the database spells it
    int batch_events = 500;
    absl::Duration patience;
  };
  struct Counts {
    uint64_t recorded = 0;
    uint64_t repeated = 0;  // were in the log already
  };

  // `connection` must outlive it.
  BatchSender(Connection& connection, Options options)
      : connection_(connection), options_(std::move(options)), retries_(options_.patience) {}

  // Takes the event of the next row; sends the batch when it is full. An error
  // of the service's names the row.
  absl::Status Add(int64_t row, audit::v1::Event event);

  // Sends what is left.
  absl::Status Finish();

  const Counts& counts() const { return counts_; }

 private:
  absl::Status Send();
  absl::Status Call(audit::v1::BatchRecordEventsResponse& response);

  Connection& connection_;
  const Options options_;
  RetrySchedule retries_;
  audit::v1::BatchRecordEventsRequest batch_;
  size_t batch_bytes_ = 0;
  std::vector<int64_t> rows_;  // of the batch
  Counts counts_;
};

// `error` with `row N` in place of `requests[i]`, which says nothing to people.
absl::Status NamingRows(const absl::Status& error, const std::vector<int64_t>& rows);

}  // namespace daybook::cli::importer
