#pragma once

#include <ostream>

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::cli {

// How a page was found, for people.
void PrintPlan(const audit::v1::QueryPlan& plan, std::ostream& out);

}  // namespace daybook::cli
