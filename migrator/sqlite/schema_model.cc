#include "migrator/sqlite/schema_model.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/hash.h"
#include "migrator/sqlite/own_tables.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::sqltext::SameName;

// What belongs to a table of the migrator is the migrator's.
std::string SelectSchema() {
  return absl::StrCat(
      "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND ",
      IsOfApplication("tbl_name"), " ORDER BY rowid");
}

SchemaObject::Kind KindOf(absl::string_view type) {
  if (type == "table") return SchemaObject::TABLE;
  if (type == "index") return SchemaObject::INDEX;
  if (type == "view") return SchemaObject::VIEW;
  return SchemaObject::TRIGGER;
}

bool SameObject(const SchemaObject& object, SchemaObject::Kind kind, absl::string_view name) {
  return object.kind() == kind && SameName(object.name(), name);
}

bool IsEqual(const SchemaObject& a, const SchemaObject& b) {
  return SameObject(a, b.kind(), b.name()) && a.sql() == b.sql();
}

SchemaChange Change(const SchemaObject* before, const SchemaObject* after) {
  SchemaChange change;
  if (before != nullptr) *change.mutable_before() = *before;
  if (after != nullptr) *change.mutable_after() = *after;
  return change;
}

const SchemaObject* Before(const SchemaChange& change) {
  return change.has_before() ? &change.before() : nullptr;
}

const SchemaObject* After(const SchemaChange& change) {
  return change.has_after() ? &change.after() : nullptr;
}

}  // namespace

absl::StatusOr<SchemaModel> SchemaModel::Read(db::sqlite::Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(db::sqlite::Statement select, database.Prepare(SelectSchema()));
  SchemaModel model;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return model;
    SchemaObject object;
    object.set_kind(KindOf(select.Bytes(0)));
    object.set_name(select.Text(1));
    object.set_table(select.Text(2));
    object.set_sql(select.Text(3));
    model.objects_.push_back(std::move(object));
  }
}

const SchemaObject* SchemaModel::Find(SchemaObject::Kind kind, absl::string_view name) const {
  const auto found =
      std::find_if(objects_.begin(), objects_.end(),
                   [&](const SchemaObject& object) { return SameObject(object, kind, name); });
  return found == objects_.end() ? nullptr : &*found;
}

std::vector<SchemaObject> SchemaModel::Of(absl::string_view table) const {
  std::vector<SchemaObject> found;
  for (const SchemaObject& object : objects_) {
    const bool belongs =
        object.kind() == SchemaObject::INDEX || object.kind() == SchemaObject::TRIGGER;
    if (belongs && SameName(object.table(), table)) found.push_back(object);
  }
  return found;
}

void SchemaModel::Put(const SchemaObject& object) {
  for (SchemaObject& present : objects_) {
    if (SameObject(present, object.kind(), object.name())) {
      present = object;
      return;
    }
  }
  objects_.push_back(object);
}

void SchemaModel::Remove(SchemaObject::Kind kind, absl::string_view name) {
  std::erase_if(objects_,
                [&](const SchemaObject& object) { return SameObject(object, kind, name); });
}

std::vector<SchemaChange> SchemaModel::Since(const SchemaModel& before) const {
  std::vector<SchemaChange> changes;
  for (const SchemaObject& old : before.objects_) {
    const SchemaObject* const now = Find(old.kind(), old.name());
    if (now == nullptr || !IsEqual(*now, old)) changes.push_back(Change(&old, now));
  }
  for (const SchemaObject& now : objects_) {
    if (before.Find(now.kind(), now.name()) == nullptr) changes.push_back(Change(nullptr, &now));
  }
  return changes;
}

absl::Status SchemaModel::Exchange(const SchemaObject* there, const SchemaObject* wanted) {
  const SchemaObject& subject = there != nullptr ? *there : *wanted;
  const SchemaObject* const present = Find(subject.kind(), subject.name());
  const bool is_as_expected =
      there == nullptr ? present == nullptr : present != nullptr && IsEqual(*present, *there);
  if (!is_as_expected) {
    return absl::FailedPreconditionError(
        absl::StrCat(Describe(subject), present == nullptr ? " is missing" : " was changed",
                     " since the migration that made it so"));
  }
  if (wanted == nullptr) {
    Remove(subject.kind(), subject.name());
  } else {
    Put(*wanted);
  }
  return absl::OkStatus();
}

absl::Status SchemaModel::Redo(const std::vector<SchemaChange>& changes) {
  for (const SchemaChange& change : changes) {
    DAYBOOK_RETURN_IF_ERROR(Exchange(Before(change), After(change)));
  }
  return absl::OkStatus();
}

absl::Status SchemaModel::Undo(const std::vector<SchemaChange>& changes) {
  for (size_t i = changes.size(); i > 0; --i) {
    DAYBOOK_RETURN_IF_ERROR(Exchange(After(changes[i - 1]), Before(changes[i - 1])));
  }
  return absl::OkStatus();
}

std::string SchemaModel::Digest() const {
  std::vector<std::string> lines;
  lines.reserve(objects_.size());
  for (const SchemaObject& object : objects_) {
    lines.push_back(absl::StrCat(object.kind(), "\n", absl::AsciiStrToLower(object.name()), "\n",
                                 object.sql().size(), "\n", object.sql(), "\n"));
  }
  std::sort(lines.begin(), lines.end());
  std::string all = "daybook/schema/v1\n";
  for (const std::string& line : lines) all += line;
  return ledger::ToHex(ledger::Sha256(all));
}

bool IsVirtual(const SchemaObject& object) {
  return absl::StartsWithIgnoreCase(object.sql(), "CREATE VIRTUAL");
}

std::string KindName(SchemaObject::Kind kind) {
  return absl::AsciiStrToLower(SchemaObject::Kind_Name(kind));
}

std::string Describe(const SchemaObject& object) {
  return absl::StrCat(KindName(object.kind()), " ", object.name());
}

}  // namespace daybook::migrator::sqlite
