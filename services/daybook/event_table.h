#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"
#include "daybook/text_table.h"

namespace daybook::cli {

// Events as rows of a table for people: what failed or was denied stands out.
std::vector<Column> EventColumns();
std::vector<Cell> EventRow(const audit::v1::Event& event, absl::TimeZone zone);

// How FAILURE and DENIED stand out.
Emphasis EmphasisOf(audit::v1::Outcome outcome);

// One event in full, one field a line.
void PrintEvent(const audit::v1::Event& event, absl::TimeZone zone, std::ostream& out);

// Record and event times as people read them.
std::string TimeForPeople(const google::protobuf::Timestamp& time, absl::TimeZone zone);

// Likewise, as a cell that leaves fractions of seconds out where there is little room.
Cell TimeCell(const google::protobuf::Timestamp& time, absl::TimeZone zone);

}  // namespace daybook::cli
