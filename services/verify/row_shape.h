#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "db/sqlite/whole_rows.h"
#include "ledger/leaf_encoding.h"

namespace daybook::verify {

// What the columns of audit_logs are, as the contract declares them, and how an
// event lies in them.
//
// Immutable.
class RowShape {
 public:
  RowShape();

  struct Column {
    std::string name;
    db::sqlite::ValueType type = db::sqlite::ValueType::kNull;
    bool nullable = false;
  };
  const std::vector<Column>& columns() const { return columns_; }

  // The rows of a segment, whole, without the indexes; `rest` goes on from WHERE.
  absl::StatusOr<db::sqlite::WholeRows> Select(db::sqlite::Connection& segment,
                                               absl::string_view rest = "") const;

  // The places of columns that are looked at by themselves.
  size_t PlaceOf(const std::string& column) const;
  struct Places {
    size_t id;
    size_t created_at;
    size_t event_time;
    size_t action;
    size_t outcome;
    size_t source;
    size_t user_id;
    size_t producer_sequence;
    size_t salt;
    size_t redaction;
    size_t leaf_version;
  };
  const Places& at() const { return at_; }

  // The texts of a leaf, and where they lie.
  struct Text {
    size_t place;
    absl::string_view ledger::LeafValues::*value;
  };
  const std::vector<Text>& texts() const { return texts_; }

 private:
  std::vector<Column> columns_;
  std::string names_;
  Places at_ = {};
  std::vector<Text> texts_;
};

}  // namespace daybook::verify
