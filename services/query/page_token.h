#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "core/ids.h"
#include "core/timestamp.h"

namespace daybook::query {

// Where a query goes on: the snapshot it looks at and the last event that it
// examined, so that a page cut short by its budget makes progress too.
struct PagePosition {
  LogSize as_of{0};
  Seq last_examined{0};
  Micros asked_at = 0;  // when the first page was: what ago("…") counts from
};

// Makes and opens page tokens. A token is bound to one query (who asks, filter,
// order), is valid for 24 hours, and cannot be made or changed without the key
// that all servers of a store share.
//
// Immutable.
class PageTokens {
 public:
  explicit PageTokens(std::string key) : key_(std::move(key)) {}

  // `query` is a text that is the same for all pages of one query and for no
  // other query.
  std::string Make(const PagePosition& position, absl::string_view query, absl::Time now) const;

  // INVALID_ARGUMENT on `page_token`: PAGE_TOKEN_INVALID where it is no token
  // of ours or has expired, PAGE_TOKEN_MISMATCH where it belongs to another
  // query.
  absl::StatusOr<PagePosition> Open(absl::string_view token, absl::string_view query,
                                    absl::Time now) const;

 private:
  std::string Sign(absl::string_view payload) const;
  std::string key_;
};

}  // namespace daybook::query
