#include "migrator/sqlite/sequences.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr char kHasSequences[] =
    "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'";
constexpr char kSelect[] = "SELECT name, seq FROM sqlite_sequence";
constexpr char kDelete[] = "DELETE FROM sqlite_sequence WHERE name = ?1";
constexpr char kInsert[] = "INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)";

}  // namespace

absl::StatusOr<std::map<std::string, int64_t>> Sequences(Connection& database) {
  std::map<std::string, int64_t> sequences;
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t has_sequences, database.QueryInteger(kHasSequences));
  if (has_sequences == 0) return sequences;
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelect));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return sequences;
    sequences[select.Text(0)] = select.Integer(1);
  }
}

absl::StatusOr<std::optional<int64_t>> SequenceOf(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto sequences, Sequences(database));
  for (const auto& [name, number] : sequences) {
    if (sqltext::SameName(name, table)) return number;
  }
  return std::nullopt;
}

absl::Status SetSequence(Connection& database, const std::string& table,
                         const std::optional<int64_t>& sequence) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t has_sequences, database.QueryInteger(kHasSequences));
  if (has_sequences == 0) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Statement remove, database.Prepare(kDelete));
  remove.BindText(1, table);
  DAYBOOK_RETURN_IF_ERROR(remove.Run());
  if (!sequence) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, database.Prepare(kInsert));
  insert.BindText(1, table);
  insert.BindInteger(2, *sequence);
  return insert.Run();
}

}  // namespace daybook::migrator::sqlite
