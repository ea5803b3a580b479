#include "bench/event_generator.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kPersons = 2'000;

}  // namespace

void EventGenerator::Next(audit::v1::RecordEventRequest& request) {
  const uint64_t person = random_() % kPersons;
  const uint64_t kind = random_() % 100;
  auto& event = *request.mutable_event();
  event.Clear();
  event.set_action(kind == 0   ? "login_failed"
                   : kind <= 5 ? "deposit_confirmed"
                               : "balance_changed");
  event.set_user_id(static_cast<int64_t>(person));
  event.set_telegram_id(absl::StrCat(100'000'000 + person));
  event.set_resource_type("deposit_transaction");
  event.set_resource_id(absl::StrCat(random_() % 1'000'000));
  event.set_ip_address(absl::StrCat("203.0.113.", person % 250));
  event.set_user_agent("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0");
  event.set_details(absl::StrFormat(
      R"({"amount":%d,"currency":"KRW","balance_before":%d,"balance_after":%d,"bank":"K%04d"})",
      random_() % 1'000'000, random_() % 1'000'000, random_() % 1'000'000, person));
  event.set_trace_id(absl::StrFormat("%016x%016x", random_(), random_()));
  request.set_request_id(absl::StrFormat("%016x-%016x", run_, made_++));
}

}  // namespace daybook::bench
