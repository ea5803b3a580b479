#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "detect/firing.h"
#include "detect/rule.h"
#include "detect/watch.h"

namespace daybook::detect {

// Watches for all rules of a file. What the log says of detections is fed to none of
// them, so no firing leads to another.
//
// Thread-compatible.
class Watches {
 public:
  // Of all rules together; each gets the same share.
  explicit Watches(Watch::Limits limits) : limits_(limits) {}

  // From here on for these rules. Those that count the same as before go on; the others
  // are new, and first want to know the past.
  void Replace(const Rules& rules);

  // How far before the head of the log the past begins that new rules want: its events,
  // and what it says of firings. Nothing where no rule is new.
  struct Past {
    Micros events = 0;
    Micros firings = 0;
  };
  std::optional<Past> WantedPast() const;

  // New rules forget what they know, and begin with the past.
  void BeginReplay();

  // The past, for new rules only: first all firings, then the events in order up to the
  // head of the log, at `head`, then where the present begins.
  void Recall(const Fired& fired);
  std::vector<Firing> Replay(const audit::v1::Event& event, Micros head);
  void EndReplay(Micros now);

  // The present, for all rules.
  std::vector<Firing> Observe(const audit::v1::Event& event);
  std::vector<Firing> Tick(Micros now);

  bool empty() const { return watched_.empty(); }

  // How it stands with a rule.
  struct Usage {
    std::string rule;
    size_t keys = 0;
    uint64_t evicted = 0;
  };
  std::vector<Usage> Usages() const;

 private:
  struct Watched {
    std::unique_ptr<Watch> watch;
    bool is_new = true;
  };
  Watch::Limits Share(size_t rules) const;

  const Watch::Limits limits_;
  std::vector<Watched> watched_;
};

}  // namespace daybook::detect
