#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "daybook/query/v1/page_position.pb.h"

namespace daybook::query {

// Makes and opens page tokens: positions that callers bring back. A token is bound to one query
// (who asks, filter, order), is valid for 24 hours, and cannot be made or changed without the key
// that all servers of a store share.
//
// Immutable.
class PageTokens {
 public:
  explicit PageTokens(std::string key) : key_(std::move(key)) {}

  // `query` is a text that is the same for all pages of one query and for no
  // other query.
  std::string Make(const v1::PagePosition& position, absl::string_view query, absl::Time now) const;

  // INVALID_ARGUMENT on `page_token`: PAGE_TOKEN_INVALID where it is no token
  // of ours or has expired, PAGE_TOKEN_MISMATCH where it belongs to another
  // query.
  absl::StatusOr<v1::PagePosition> Open(absl::string_view token, absl::string_view query,
                                        absl::Time now) const;

 private:
  std::string Sign(absl::string_view payload) const;
  std::string key_;
};

}  // namespace daybook::query
