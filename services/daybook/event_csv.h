#pragma once

#include <vector>

#include "daybook/audit/v1/event.pb.h"
#include "daybook/csv.h"

namespace daybook::cli {

// Events as comma-separated values (csv.h): the fields of the contract in its order,
// empty where absent; times in UTC, hashes in hexadecimal.
std::vector<CsvValue> EventCsvNames();
std::vector<CsvValue> EventCsvValues(const audit::v1::Event& event);

}  // namespace daybook::cli
