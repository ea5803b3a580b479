#pragma once

#include <cstdint>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>

#include "core/clock.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/store_layout.h"
#include "migrator/store/migrations.h"
#include "storage/sqlite/sqlite_event_store.h"
#include "support/temp_folder.h"

namespace daybook::testing {

// A folder that the migrator made an empty store in. For programs that link
// storage_sqlite and the migrator.
//
// Thread-compatible.
class SqliteFolder {
 public:
  explicit SqliteFolder(uint64_t segment_events) : segment_events_(segment_events) {
    const absl::Status made =
        migrator::store::RunAllMigrations(layout_, {.segment_events = segment_events});
    if (!made.ok()) throw std::runtime_error(made.ToString());
  }

  const db::sqlite::StoreLayout& layout() const { return layout_; }

  // `clock` must outlive the store.
  absl::StatusOr<std::unique_ptr<storage::sqlite::SqliteEventStore>> Open(
      const Clock& clock) const {
    return storage::sqlite::SqliteEventStore::Open(
        {.layout = layout_, .segment_events = segment_events_}, clock, metrics_, log_);
  }

  // What the stores that it opened have counted.
  std::string MetricsText() const { return metrics_.Text(); }

  // A connection to a segment behind the store's back.
  db::sqlite::Connection RawSegment(uint64_t number) const {
    return db::sqlite::Connection::Open(layout_.Segment(number), db::sqlite::OpenMode::kReadWrite)
        .value();
  }

 private:
  TempFolder folder_;
  mutable telemetry::Metrics metrics_;
  mutable std::ostringstream log_text_;
  const SystemClock log_clock_;
  mutable telemetry::Log log_{log_text_, log_clock_};
  db::sqlite::StoreLayout layout_{folder_.path()};
  uint64_t segment_events_;
};

}  // namespace daybook::testing
