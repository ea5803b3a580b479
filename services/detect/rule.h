#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "query/filter.h"

namespace daybook::detect {

// A standing rule that may be watched for: daybook.detection.v1.Rule, checked.
struct Rule {
  enum class Kind { kCount, kSequence, kAbsence };

  std::string name;
  std::string description;
  audit::v1::Severity severity = audit::v1::SEVERITY_WARNING;
  Kind kind = Kind::kCount;
  query::Filter filter;
  query::Filter then;  // of a sequence
  std::vector<audit::v1::GroupBy> group_by;
  std::optional<audit::v1::GroupBy> distinct;
  Micros window = 0;  // of an absence: how long the silence is
  uint32_t threshold = 0;
  Micros cooldown = 0;

  // The same text for rules that count the same: what they count means the same.
  std::string identity;
};

// In the order of their file; names are unique.
using Rules = std::vector<std::shared_ptr<const Rule>>;

// What a rule may ask for.
inline constexpr size_t kMaxRules = 100;
inline constexpr uint32_t kMaxThreshold = 10'000;

}  // namespace daybook::detect
