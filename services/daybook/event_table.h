#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"

namespace daybook::cli {

// Events as a table for people, one line each.
void PrintTable(const std::vector<audit::v1::Event>& events, absl::TimeZone zone,
                std::ostream& out);

// One event in full, one field a line.
void PrintEvent(const audit::v1::Event& event, absl::TimeZone zone, std::ostream& out);

// Record and event times as people read them.
std::string TimeForPeople(const google::protobuf::Timestamp& time, absl::TimeZone zone);

}  // namespace daybook::cli
