#pragma once

#include <string>

#include "daybook/audit/v1/event.pb.h"

namespace daybook::auth {

// Who calls, and how much that is worth.
struct Principal {
  std::string producer;
  audit::v1::Source source = audit::v1::SOURCE_CLAIMED;
};

// What a caller is called who does not say who it is.
inline constexpr char kAnonymous[] = "anonymous";

// The producer under which Daybook records about itself; no client's name.
inline constexpr char kService[] = "daybook";

}  // namespace daybook::auth
