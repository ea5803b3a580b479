#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

#include "detect/event_window.h"
#include "detect/key_table.h"
#include "detect/value_window.h"
#include "detect/watch.h"

namespace daybook::detect {

// Watches for a rule that counts: events, or values of a field, or what came before an
// event.
//
// Thread-compatible.
class RuleWatch final : public Watch {
 public:
  using Watch::Watch;

  void Recall(const std::vector<std::string>& keys, Micros fired_at) override;
  std::optional<Firing> Replay(const audit::v1::Event& event, Micros judged_from) override;
  void EndReplay(Micros /*now*/) override {}
  std::optional<Firing> Observe(const audit::v1::Event& event) override;
  std::vector<Firing> Tick(Micros /*now*/) override { return {}; }
  size_t keys() const override { return table_.size(); }

 private:
  struct State {
    std::variant<EventWindow, ValueWindow> window;
    std::optional<Micros> fired_at;
  };
  using Table = KeyTable<State>;
  // What an event is to the rule.
  struct Role {
    bool is_counted = false;
    bool is_then = false;
    std::string value;  // where values are counted
  };

  std::optional<Firing> Take(const audit::v1::Event& event, bool may_fire);
  Role RoleOf(const audit::v1::Event& event) const;
  State NewState() const;
  static void Add(const audit::v1::Event& event, const Role& role, State& state);
  bool Fires(const Role& role, size_t count_before, size_t count_now) const;
  bool IsQuiet(const std::string& key, const State& state, Micros time) const;
  void Forget(Micros time);
  void MakeRoom();
  static size_t BytesOf(const Table::Entry& entry);

  Table table_;
  size_t bytes_ = 0;
  absl::flat_hash_map<std::string, std::vector<Micros>> recalled_;
  Micros recalled_until_ = kMinMicros;
};

}  // namespace daybook::detect
