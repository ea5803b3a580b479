#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "detect/rules_file.h"
#include "detect/watches.h"

namespace daybook::detect {

// What a test puts into an event.
struct Said {
  std::string action = "login_failed";
  std::string actor = {};
  std::string ip_address = {};
  std::optional<int64_t> user_id = std::nullopt;
  std::string resource_type = {};
  audit::v1::Outcome outcome = audit::v1::OUTCOME_FAILURE;
  std::string producer = "shop";
};

inline constexpr Micros kStart = 1'763'683'200'000'000;
inline constexpr Micros kSecond = 1'000'000;

// An event of a log, recorded so many seconds after kStart.
inline audit::v1::Event Recorded(uint64_t seq, int64_t seconds, const Said& said) {
  audit::v1::Event event;
  event.set_seq(seq);
  SetTimestamp(kStart + seconds * kSecond, event.mutable_created_at());
  SetTimestamp(kStart + seconds * kSecond, event.mutable_event_time());
  event.set_action(said.action);
  event.set_outcome(said.outcome);
  event.set_actor(said.actor);
  event.set_ip_address(said.ip_address);
  if (said.user_id) event.set_user_id(*said.user_id);
  event.set_resource_type(said.resource_type);
  event.set_tenant("default");
  event.set_producer(said.producer);
  event.set_source(audit::v1::SOURCE_CLAIMED);
  return event;
}

// Rules that watch from kStart on, over a log that is empty.
class Watching {
 public:
  explicit Watching(absl::string_view rules, Watch::Limits limits = {}) : watches_(limits) {
    watches_.Replace(ParseRules("rules", rules).value());
    watches_.EndReplay(kStart);
  }

  std::vector<Firing> Observe(int64_t seconds, const Said& said) {
    return watches_.Observe(Recorded(seq_++, seconds, said));
  }
  std::vector<Firing> Tick(int64_t seconds) { return watches_.Tick(kStart + seconds * kSecond); }

  Watches& watches() { return watches_; }

 private:
  Watches watches_;
  uint64_t seq_ = 0;
};

}  // namespace daybook::detect
