#include "journal/erasure_request.h"

#include <algorithm>

#include "core/errors.h"
#include "core/status_macros.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Group;

std::vector<Group> CheckGroups(const admin::v1::EraseEventsRequest& request,
                               std::vector<FieldViolation>& violations) {
  std::vector<Group> groups;
  groups.reserve(static_cast<size_t>(request.groups_size()));
  for (const int number : request.groups()) {
    const auto group = static_cast<Group>(number);
    const bool is_known = number >= 1 && number <= static_cast<int>(ledger::kGroups.size());
    if (is_known && std::find(groups.begin(), groups.end(), group) == groups.end()) {
      groups.push_back(group);
    }
  }
  if (groups.empty() || groups.size() != static_cast<size_t>(request.groups_size())) {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "groups",
                          .description = "must name at least one group, and none twice"});
  }
  std::sort(groups.begin(), groups.end());
  return groups;
}

}  // namespace

absl::StatusOr<ErasureRequest> CheckErasure(const admin::v1::EraseEventsRequest& request) {
  std::vector<FieldViolation> violations;
  ErasureRequest checked{
      .filter = {},
      .groups = CheckGroups(request, violations),
      .words = CheckWords(request.by(), request.ticket(), request.reason(), violations),
      .validate_only = request.validate_only()};
  DAYBOOK_ASSIGN_OR_RETURN(checked.filter, query::Filter::Parse(request.filter()));
  if (checked.filter.IsEverything()) {
    violations.push_back({.reason = Reason::kFieldInvalid,
                          .field = "filter",
                          .description = "must say which events; without it, it would be all"});
  }
  if (!violations.empty()) return InvalidFieldsError(violations);
  return checked;
}

}  // namespace daybook::journal
