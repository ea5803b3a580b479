#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "daybook/admin/v1/admin_service.pb.h"
#include "journal/operator_words.h"
#include "ledger/leaf.h"
#include "query/filter.h"

namespace daybook::journal {

// What an operator asks to be erased, once it obeys the rules.
//
// Immutable.
struct ErasureRequest {
  query::Filter filter;
  std::vector<ledger::Group> groups;  // ascending, each once
  OperatorWords words;
  bool validate_only = false;
};

// INVALID_ARGUMENT naming every field that breaks its rule.
absl::StatusOr<ErasureRequest> CheckErasure(const admin::v1::EraseEventsRequest& request);

}  // namespace daybook::journal
