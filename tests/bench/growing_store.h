#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <grpcpp/channel.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "bench/batch_load.h"
#include "bench/daybookd_process.h"
#include "bench/process_stats.h"
#include "bench/sizes.h"

namespace daybook::bench {

// SendBatches or SendStreams.
using Send = std::function<absl::StatusOr<IngestResult>(
    const std::vector<std::shared_ptr<grpc::Channel>>&, const DataSet&, const BatchPlan&)>;

// A store that grows by the data set, and what that takes of its daemon.
//
// Thread-compatible.
class GrowingStore {
 public:
  // All must outlive it. `plan` says how events are sent, and the first of them:
  // those before are in the store.
  GrowingStore(const DataSet& data, const Sizes& sizes, const DaybookdProcess& daybookd,
               const BatchPlan& plan, Send send);

  static void PrintHead();

  // Sends so many `more`.
  absl::StatusOr<IngestResult> Grow(uint64_t more);

  // The same, and prints a line about them.
  absl::Status GrowAndPrint(uint64_t more);

  // How many are in the store.
  uint64_t events() const { return plan_.first_batch * static_cast<uint64_t>(plan_.batch_size); }

  // Events a second: all in all, and each time that it grew and printed.
  double rate() const { return static_cast<double>(sent_) / seconds_; }
  const std::vector<double>& rates() const { return rates_; }

  // The most anonymous memory that the daemon had while it grew.
  double memory_peak_mib() const;
  const std::shared_ptr<grpc::Channel>& channel() const { return channels_.front(); }

 private:
  const DataSet& data_;
  const DaybookdProcess& daybookd_;
  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  const Send send_;
  BatchPlan plan_;
  uint64_t memory_peak_ = 0;
  uint64_t sent_ = 0;
  double seconds_ = 0;
  std::vector<double> rates_;
};

}  // namespace daybook::bench
