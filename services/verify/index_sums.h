#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "db/sqlite/whole_rows.h"
#include "schema/event_table.h"
#include "verify/advance.h"
#include "verify/findings.h"
#include "verify/row_shape.h"

namespace daybook::verify {

// The indexes of segments: which rows each has, and what of them.
//
// Immutable.
class IndexRules {
 public:
  // `shape` must outlive it.
  explicit IndexRules(const RowShape& shape);

  enum class Which { kNotNull, kAtLeast, kDiffer };
  struct Rule {
    std::string name;
    bool when_sealed = false;  // a segment that is not has none
    std::vector<size_t> keys;  // places of its columns, but for a trailing id
    // The rows that it has: where a column is not NULL; is at least `least`; is not
    // the same as another.
    Which which = Which::kNotNull;
    size_t place = 0;
    size_t other = 0;
    int64_t least = 0;
    // What reads its keys and ids from itself, in its order.
    std::string columns;
    std::string from;  // up to its condition
  };
  const std::vector<Rule>& rules() const { return rules_; }

 private:
  void Add(const RowShape& shape, const schema::Table& table, const schema::v1::Index& index,
           bool when_sealed);

  std::vector<Rule> rules_;
};

// Holds the indexes of one segment against its rows: each must have the same keys
// and ids. Both are summed up as hashes under a key that nobody knew when the file
// was written, so no other content has the same sum.
//
// Thread-compatible.
class IndexSums {
 public:
  struct Scope {
    uint64_t key = 0;       // random
    bool is_sealed = true;  // what is not sealed lacks some
    int64_t end = 0;        // the events below are those that count
  };
  // Both must outlive it.
  IndexSums(const RowShape& shape, const IndexRules& rules, const Scope& scope);

  // Adds a row.
  void Add(std::span<const db::sqlite::Cell> row);

  // Compares with the indexes in `segment`, whose rows have all been added. Where one
  // differs, names the first event that does.
  absl::Status Compare(db::sqlite::Connection& segment, const std::string& file,
                       const Advance& advance, Findings& findings) const;

 private:
  struct Sum {
    uint64_t entries = 0;
    uint64_t hash = 0;
  };
  uint64_t HashOf(const IndexRules::Rule& rule, std::span<const db::sqlite::Cell> row) const;
  absl::Status Compare(const IndexRules::Rule& rule, const Sum& rows,
                       db::sqlite::Connection& segment, const std::string& file,
                       const Advance& advance, Findings& findings) const;
  // By id, the hashes of what the rows say less those of what the index says.
  using Differences = std::map<uint64_t, uint64_t>;
  absl::Status AddRows(const IndexRules::Rule& rule, db::sqlite::Connection& segment,
                       Differences& differences) const;
  absl::Status TakeEntries(const IndexRules::Rule& rule, db::sqlite::Connection& segment,
                           Differences& differences) const;
  uint64_t HashOf(std::span<const db::sqlite::Cell> entry) const;
  bool IsThere(const IndexRules::Rule& rule) const { return scope_.is_sealed || !rule.when_sealed; }
  absl::StatusOr<db::sqlite::WholeRows> Entries(const IndexRules::Rule& rule,
                                                db::sqlite::Connection& segment) const;
  absl::StatusOr<std::optional<uint64_t>> FirstDifference(const IndexRules::Rule& rule,
                                                          db::sqlite::Connection& segment) const;

  const RowShape& shape_;
  const IndexRules& rules_;
  const Scope scope_;
  std::vector<Sum> sums_;  // of the rows, one for each rule
};

}  // namespace daybook::verify
