#pragma once

#include <future>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"

#include "journal/answer.h"

namespace daybook::journal {

// Calls `use_case` with an answer, and waits for it.
template <typename Response, typename UseCase>
absl::StatusOr<Response> Await(UseCase use_case) {
  // Shared: who answers may still be inside the promise when this one wakes.
  const auto promise = std::make_shared<std::promise<absl::StatusOr<Response>>>();
  std::future<absl::StatusOr<Response>> future = promise->get_future();
  use_case(Answer<Response>(
      [promise](absl::StatusOr<Response> response) { promise->set_value(std::move(response)); }));
  return future.get();
}

}  // namespace daybook::journal
