#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "detect/rule.h"

namespace daybook::detect {

// A rule that fired.
struct Firing {
  std::shared_ptr<const Rule> rule;
  std::vector<std::string> keys;  // the values of group_by, in its order
  // The record time of the event at which it fired; of an absence, when it had lasted for
  // as long as the rule says.
  Micros fired_at = 0;
  uint64_t count = 0;
  std::vector<uint64_t> seqs;  // the newest of the events, in order
};

// How many events a firing names.
inline constexpr size_t kMaxSamples = 5;

// Looks for what one rule asks for, in events that come in the order of the log. It begins
// with the past, from which it learns what to count, and then goes on with the present.
//
// Thread-compatible.
class Watch {
 public:
  struct Limits {
    size_t max_keys = 100'000;
    size_t max_bytes = size_t{256} << 20;  // of memory, about
  };

  Watch(std::shared_ptr<const Rule> rule, Limits limits)
      : rule_(std::move(rule)), limits_(limits) {}
  virtual ~Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  const Rule& rule() const { return *rule_; }
  const std::shared_ptr<const Rule>& shared_rule() const { return rule_; }

  // Goes on with a rule that counts the same, and other limits.
  void Continue(std::shared_ptr<const Rule> rule, Limits limits) {
    rule_ = std::move(rule);
    limits_ = limits;
  }

  // In the past: it has fired for `keys`. All of these come before the first Replay.
  virtual void Recall(const std::vector<std::string>& keys, Micros fired_at) = 0;

  // In the past: an event, at which it fires where it did not, and it is later than
  // `judged_from`.
  virtual std::optional<Firing> Replay(const audit::v1::Event& event, Micros judged_from) = 0;

  // Here the present begins, at `now`.
  virtual void EndReplay(Micros now) = 0;

  // In the present: an event.
  virtual std::optional<Firing> Observe(const audit::v1::Event& event) = 0;

  // In the present: all events up to `now` have been observed.
  virtual std::vector<Firing> Tick(Micros now) = 0;

  virtual size_t keys() const = 0;

  // How many keys it had to forget because there were too many.
  uint64_t evicted() const { return evicted_; }

 protected:
  std::shared_ptr<const Rule> rule_;
  Limits limits_;
  uint64_t evicted_ = 0;
};

}  // namespace daybook::detect
