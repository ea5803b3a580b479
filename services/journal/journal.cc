#include "journal/journal.h"

#include <utility>

namespace daybook::journal {

Journal::Journal(std::unique_ptr<storage::EventStore> store, event::EventRules rules,
                 query::PageTokens tokens, const Clock& clock, telemetry::Metrics& metrics,
                 Options options)
    : store_(std::move(store)),
      rules_(std::move(rules)),
      tokens_(std::move(tokens)),
      commits_(*store_, metrics, options.commit_limits),
      recorder_(rules_, commits_, clock),
      reader_(*store_, tokens_, clock, pool_),
      pool_(options.reader_threads, options.max_waiting_reads) {}

}  // namespace daybook::journal
