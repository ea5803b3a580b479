#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/audit/v1/event.pb.h"
#include "daybook/importer/source_row.h"
#include "event/event_rules.h"

namespace daybook::cli::importer {

// Why a row is no event. The description never repeats the value.
struct Problem {
  std::string column;
  std::string description;

  friend bool operator==(const Problem&, const Problem&) = default;
};

struct MappedRow {
  audit::v1::Event event;
  std::vector<Problem> problems;  // the event counts only where there are none
};

// Makes events of rows, and judges them as the service will.
//
// Immutable.
class RowMapper {
 public:
  struct Options {
    // Whether rows say when they happened; where they do, each must.
    bool has_times = true;
    // Makes details that are no JSON object one: {"text":"…"}.
    bool wrap_details = false;
    // In which times without an offset were written.
    std::optional<absl::TimeZone> time_zone;
  };

  // Both must outlive it.
  RowMapper(const event::EventRules& rules, Options options, const Clock& clock)
      : rules_(rules), options_(std::move(options)), clock_(clock) {}

  MappedRow Map(const SourceRow& row) const;

 private:
  std::string DetailsOf(const SourceRow& row, std::vector<Problem>& problems) const;
  void SetEventTime(const Cell& cell, MappedRow& mapped) const;

  const event::EventRules& rules_;
  const Options options_;
  const Clock& clock_;
};

}  // namespace daybook::cli::importer
