#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"

namespace daybook::cli::importer {

// The request_id of a row: it stays the same whatever happens to the other rows
// and to the file, and belongs to one producer.
std::string RequestIdOf(const std::string& table, int64_t row);

// The rows of a table that the log holds already, by what the log itself says:
// it remembers for ever, where request ids are forgotten after a while.
//
// Thread-compatible.
class RecordedRows {
 public:
  enum class State {
    kNew,      // not in the log
    kSame,     // in the log
    kChanged,  // in the log, with other values
  };

  explicit RecordedRows(const std::string& table);

  // Takes note of an event of the import's producer; others than those of the
  // table are passed over.
  void Add(const audit::v1::Event& stored);

  // How the log and a row, as the event that it becomes, compare.
  State StateOf(int64_t row, const audit::v1::Event& event) const;

  // The seq of a row's event, where there is one.
  std::optional<uint64_t> SeqOf(int64_t row) const;

  size_t size() const { return rows_.size(); }

 private:
  struct Recorded {
    uint64_t seq;
    uint64_t digest;  // of all but the time
    Micros event_time;
    Micros created_at;
  };

  const std::string prefix_;  // of the table's request_ids
  absl::flat_hash_map<int64_t, Recorded> rows_;
};

}  // namespace daybook::cli::importer
