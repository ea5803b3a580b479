#include <cstdlib>
#include <string>

#include "daybook/audit/v1/event.pb.h"
#include "fuzz_target.h"
#include "query/filter.h"
#include "query/match.h"

namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::Filter;

// One that has a value in every field.
Event MakeEvent() {
  Event event;
  event.set_seq(7);
  event.mutable_created_at()->set_seconds(1'000'000);
  event.mutable_event_time()->set_seconds(999'999);
  event.set_action("login_failed");
  event.set_outcome(daybook::audit::v1::OUTCOME_FAILURE);
  event.set_reason("LIMIT");
  event.set_user_id(-7);
  event.set_telegram_id("42");
  event.set_actor("user:한글");
  event.set_resource_type("domain");
  event.set_resource_id("example.org");
  event.set_details(R"({"amount":100,"rate":1e-3,"who":"김 \ud83d\ude00","new":true,"to":null,)"
                    R"("a b":[1,"x",{"deep":{"deeper":[]}}],"금액":9223372036854775808})");
  event.set_ip_address("10.0.0.1");
  event.set_user_agent("curl/8 (x86; ü)");
  event.set_tenant("default");
  event.set_producer("billing");
  event.set_producer_sequence(1);
  event.set_trace_id("0af7651916cd43dd8448eb211c80319c");
  event.set_correlation_id("order-1");
  event.set_request_id("id-1");
  event.set_source(daybook::audit::v1::SOURCE_CLAIMED);
  return event;
}

}  // namespace

// Whatever the text, parsing ends with a filter that can be asked, or with an
// error that names the field. A filter that is in parentheses, or denied twice, or has no spaces
// about it, is the same.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Event* const full = new Event(MakeEvent());
  const std::string text(reinterpret_cast<const char*>(data), size);
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  const auto filter = Filter::Parse(text, now);
  if (!filter.ok()) {
    if (filter.status().code() != absl::StatusCode::kInvalidArgument) std::abort();
    return 0;
  }
  const bool passes = daybook::query::Matches(*filter, *full);
  (void)daybook::query::Matches(*filter, Event());
  if (filter->Normalised() != Filter::Parse(text, now)->Normalised()) std::abort();
  if (filter->IsEverything()) return passes ? 0 : (std::abort(), 0);
  const auto same = Filter::Parse("(" + text + ")", now);
  if (same.ok() && same->Normalised() != filter->Normalised()) std::abort();
  const auto denied = Filter::Parse("NOT (" + text + ")", now);
  if (denied.ok() && daybook::query::Matches(*denied, *full) == passes) std::abort();
  return 0;
}
