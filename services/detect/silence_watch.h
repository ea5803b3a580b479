#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "detect/key_table.h"
#include "detect/watch.h"

namespace daybook::detect {

// Watches for an absence: keys of which events came, and then none for as long as the rule
// says. It fires once a silence. The past only tells which keys there are: no silence is
// counted from before the present began, as nobody could record then.
//
// Thread-compatible.
class SilenceWatch final : public Watch {
 public:
  using Watch::Watch;

  void Recall(const std::vector<std::string>& keys, Micros fired_at) override;
  std::optional<Firing> Replay(const audit::v1::Event& event, Micros judged_from) override;
  void EndReplay(Micros now) override;
  std::optional<Firing> Observe(const audit::v1::Event& event) override;
  std::vector<Firing> Tick(Micros now) override;
  size_t keys() const override { return table_.size(); }

 private:
  struct State {
    std::optional<uint64_t> seq;  // of the last event
  };
  using Table = KeyTable<State>;

  std::optional<std::string> KeyIn(const audit::v1::Event& event) const;
  Micros FiresAt(const Table::Entry& entry) const;
  Firing FiringOf(const Table::Entry& entry) const;
  void Note(const std::string& key, const audit::v1::Event& event);

  Table table_;
  absl::flat_hash_map<std::string, Micros> recalled_;
  Micros since_ = kMinMicros;  // when the present began
};

}  // namespace daybook::detect
