#include <cstdlib>

#include "absl/strings/match.h"

#include "daybook/audit/v1/event.pb.h"
#include "detect/rules_file.h"
#include "detect/watches.h"
#include "fuzz_target.h"

// Any bytes end as rules that can be watched for, or as an error that names the file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto rules = daybook::detect::ParseRules("rules", text);
  if (!rules.ok()) {
    const bool says_where = absl::StartsWith(rules.status().message(), "rules:");
    if (!absl::IsInvalidArgument(rules.status()) || !says_where) std::abort();
    return 0;
  }
  daybook::detect::Watches watches({});
  watches.Replace(*rules);
  watches.EndReplay(0);
  daybook::audit::v1::Event event;
  event.set_action("login_failed");
  event.set_actor("user:7");
  for (const auto& firing : watches.Observe(event)) {
    if (firing.keys.size() != firing.rule->group_by.size()) std::abort();
  }
  watches.Tick(daybook::kMaxMicros);
  return 0;
}
