#pragma once

#include <memory>

#include "core/clock.h"
#include "event/event_rules.h"
#include "journal/group_commit.h"
#include "journal/reader.h"
#include "journal/recorder.h"
#include "journal/work_pool.h"
#include "query/page_token.h"
#include "storage/event_store.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// The use cases over one open store: what the fronts call.
//
// Thread-safe.
class Journal {
 public:
  struct Options {
    GroupCommit::Limits commit_limits;
    size_t reader_threads = 4;
    size_t max_waiting_reads = 1'024;
  };

  // `clock` and `metrics` must outlive it.
  Journal(std::unique_ptr<storage::EventStore> store, event::EventRules rules,
          query::PageTokens tokens, const Clock& clock, telemetry::Metrics& metrics,
          Options options);

  // Answers everything it was asked, then closes the store.
  ~Journal() = default;

  Recorder& recorder() { return recorder_; }
  Reader& reader() { return reader_; }
  const event::EventRules& rules() const { return rules_; }

 private:
  const std::unique_ptr<storage::EventStore> store_;
  const event::EventRules rules_;
  const query::PageTokens tokens_;
  GroupCommit commits_;
  Recorder recorder_;
  Reader reader_;
  WorkPool pool_;  // ends first: its threads are inside the reader
};

}  // namespace daybook::journal
