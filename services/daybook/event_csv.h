#pragma once

#include <string>

#include "daybook/audit/v1/event.pb.h"

namespace daybook::cli {

// Events as comma-separated values (csv.h): the fields of the contract in its order,
// empty where absent; times in UTC, hashes in hexadecimal.
std::string EventCsvHeader();
std::string EventCsvLine(const audit::v1::Event& event);

}  // namespace daybook::cli
