#pragma once

#include <random>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"

namespace daybook::testing {

// Events that obey the rules, drawn from few values, so that filters on any
// field hit some of them and miss others. The same seed gives the same events.
//
// Thread-compatible.
class RandomEvents {
 public:
  explicit RandomEvents(unsigned seed) : generator_(seed) {}

  audit::v1::Event Next() {
    audit::v1::Event event;
    event.set_action(OneOf({"login", "login_failed", "deposit_confirmed", "access_denied"}));
    event.set_reason(OneOf({"", "", "BAD_PASSWORD", "LIMIT"}));
    event.set_telegram_id(OneOf({"", "100", "200", "010"}));
    event.set_actor(OneOf({"", "user:7", "USER:7", "한글 \"quoted\" \\ 👩‍👩‍👧"}));
    event.set_resource_type(OneOf({"", "deposit", "domain"}));
    event.set_resource_id(OneOf({"", "42", "42 ", "4"}));
    event.set_details(
        OneOf({"", "{}", R"({"amount":1})", R"({ "amount" : 1.0, "to":{"name":"한글"} })",
               R"({"amount":"1","is_new":true,"tags":["KRW",1,null]})",
               R"({"amount":9223372036854775807,"to":"KRW","is_new":null,"a b":10})",
               R"({"amount":9223372036854775808,"tags":[],"to":{"amount":-3}})",
               R"({"amount":-3e0,"\u0074o":{"name":"\ud55c\uae00"},"is_new":1})"}));
    event.set_ip_address(
        OneOf({"", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:DB8:0::1"}));
    event.set_user_agent(OneOf({"", "curl/8", "a*b"}));
    event.set_tenant(OneOf({"", "default", "shop-eu"}));
    event.set_trace_id(OneOf({"", "4bf92f3577b34da6a3ce929d0e0e4736"}));
    event.set_correlation_id(OneOf({"", "order-9", "order-10"}));
    event.set_outcome(static_cast<audit::v1::Outcome>(Below(4)));
    if (Below(3) > 0) event.set_user_id(Below(4) - 1);
    if (Below(3) > 0) event.set_producer_sequence(static_cast<uint64_t>(Below(3)));
    if (Below(3) > 0) SetTimestamp(Below(3) - 1, event.mutable_event_time());
    return event;
  }

  // "" or one of few.
  std::string RequestId() { return OneOf({"", "", "id-1", "id-2"}); }
  std::string Producer() { return OneOf({"tester", "anonymous", "shop:worker-1"}); }
  audit::v1::Source Source() { return static_cast<audit::v1::Source>(2 + Below(2)); }

  int Below(int end) { return std::uniform_int_distribution<int>(0, end - 1)(generator_); }
  std::string OneOf(const std::vector<std::string>& values) {
    return values[static_cast<size_t>(Below(static_cast<int>(values.size())))];
  }

 private:
  std::mt19937 generator_;
};

}  // namespace daybook::testing
