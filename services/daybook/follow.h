#pragma once

#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/support/sync_stream.h>

#include "absl/status/status.h"
#include "absl/time/clock.h"

#include "daybook/connection.h"
#include "daybook/importer/retry_schedule.h"
#include "daybook/interruption.h"

namespace daybook::cli {

// Tells on stderr that a stream ended, and that it goes on. `next` is where.
void TellThatItEnded(const absl::Status& error, std::optional<uint64_t> next);
void TellThatItGoesOn(std::optional<uint64_t> next);

// Reads a stream of the service for as long as nothing interrupts it, and opens it again
// where it ends. Messages have a next_seq: where to go on. An error is one that opening it
// again does not help against, or that no message came at all.
//
// Thread-compatible.
template <typename Message>
class Follow {
 public:
  using Reader = std::unique_ptr<grpc::ClientReader<Message>>;
  using Open = std::function<Reader(grpc::ClientContext&, std::optional<uint64_t> start_seq)>;
  using Take = std::function<void(const Message&)>;

  // All must outlive it.
  Follow(const Connection& connection, Interruption& interruption)
      : connection_(connection), interruption_(interruption) {}

  absl::Status Run(std::optional<uint64_t> start_seq, const Open& open, const Take& take) {
    next_ = start_seq;
    importer::RetrySchedule retry(absl::InfiniteDuration());
    while (true) {
      absl::Status ended = ReadOne(open, take, retry);
      if (interruption_.has_come() || !std::cout) return absl::OkStatus();
      const auto delay = has_begun_ ? retry.DelayAfter(ended, absl::Now()) : std::nullopt;
      if (!delay) return ended;
      if (!is_broken_) TellThatItEnded(ended, next_);
      is_broken_ = true;
      interruption_.WaitFor(*delay);
    }
  }

 private:
  absl::Status ReadOne(const Open& open, const Take& take, importer::RetrySchedule& retry) {
    grpc::ClientContext context;
    // Goes out in the moment that the service is there again, however long that takes.
    context.set_wait_for_ready(has_begun_);
    interruption_.Cancels(context);
    const Reader reader = open(context, next_);
    Message message;
    while (reader->Read(&message)) {
      retry.Reset();
      has_begun_ = true;
      if (is_broken_) TellThatItGoesOn(next_);
      is_broken_ = false;
      take(message);
      next_ = message.next_seq();
      if (!std::cout) context.TryCancel();
    }
    const absl::Status ended = connection_.From(reader->Finish());
    interruption_.Release();
    return ended.ok() ? absl::UnavailableError("the service ended the stream") : ended;
  }

  const Connection& connection_;
  Interruption& interruption_;
  std::optional<uint64_t> next_;
  bool has_begun_ = false;
  bool is_broken_ = false;
};

}  // namespace daybook::cli
