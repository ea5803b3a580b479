#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"

#include "journal/answer.h"

namespace daybook::testing {

// Where a use case's answer is waited for. One that is answered twice throws
// on the answering thread, and so ends the test.
//
// Thread-compatible.
template <typename Response>
class WaitingAnswer {
 public:
  // What to hand over; once.
  journal::Answer<Response> Take() {
    return [promise = promise_](absl::StatusOr<Response> response) {
      promise->set_value(std::move(response));
    };
  }

  bool is_answered() const {
    return future_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  // Waits for it.
  const absl::StatusOr<Response>& Get() const { return future_.get(); }

 private:
  std::shared_ptr<std::promise<absl::StatusOr<Response>>> promise_ =
      std::make_shared<std::promise<absl::StatusOr<Response>>>();
  std::shared_future<absl::StatusOr<Response>> future_ = promise_->get_future().share();
};

}  // namespace daybook::testing
