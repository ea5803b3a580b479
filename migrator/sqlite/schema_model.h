#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/migration/v1/record.pb.h"
#include "db/sqlite/connection.h"

namespace daybook::migrator::sqlite {

using SchemaObject = migration::v1::SchemaObject;
using SchemaChange = migration::v1::SchemaChange;

// What a database declares: its tables, indexes, views and triggers with their
// SQL, word for word. Indexes that follow from a table's own text are part of
// that text. The migrator's own tables and SQLite's do not belong to it.
//
// Thread-compatible.
class SchemaModel {
 public:
  static absl::StatusOr<SchemaModel> Read(db::sqlite::Connection& database);

  // In the order in which they were created.
  const std::vector<SchemaObject>& objects() const { return objects_; }

  // nullptr where there is none. Names are compared as SQLite compares them.
  const SchemaObject* Find(SchemaObject::Kind kind, absl::string_view name) const;

  // The indexes and triggers of a table or view.
  std::vector<SchemaObject> Of(absl::string_view table) const;

  // Adds `object`, or replaces the one of its kind and name.
  void Put(const SchemaObject& object);
  void Remove(SchemaObject::Kind kind, absl::string_view name);

  // What leads from `before` to this. What was replaced is one change.
  std::vector<SchemaChange> Since(const SchemaModel& before) const;

  // Makes the changes, or takes them back; each must meet what it expects.
  // FAILED_PRECONDITION names the first object that is not so.
  absl::Status Redo(const std::vector<SchemaChange>& changes);
  absl::Status Undo(const std::vector<SchemaChange>& changes);

  // SHA-256 in hex, the same for the same objects in any order.
  std::string Digest() const;

 private:
  absl::Status Exchange(const SchemaObject* there, const SchemaObject* wanted);

  std::vector<SchemaObject> objects_;
};

// A table that a module makes up, out of others that it keeps.
bool IsVirtual(const SchemaObject& object);

// "table", "index", "view" or "trigger".
std::string KindName(SchemaObject::Kind kind);

// "table user_deposits".
std::string Describe(const SchemaObject& object);

}  // namespace daybook::migrator::sqlite
