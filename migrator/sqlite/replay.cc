#include "migrator/sqlite/replay.h"

#include <algorithm>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/conservation.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/row_returner.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/session.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;
using ::daybook::migration::v1::Cell;
using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

constexpr size_t kMaxObstacles = 100;

// A row that references none: its table, its rowid (-1 where it has none), the
// table of its parent, and which of the keys.
using Orphan = std::tuple<std::string, int64_t, std::string, int64_t>;

// One table at a time, without those whose keys cannot be checked.
absl::Status AddOrphans(Connection& database, const std::string& table, std::set<Orphan>& orphans) {
  absl::StatusOr<Statement> select =
      database.Prepare(absl::StrCat("PRAGMA foreign_key_check(", QuoteName(table), ")"));
  if (absl::IsInternal(select.status())) return absl::OkStatus();
  if (!select.ok()) return select.status();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
    if (!has_row) return absl::OkStatus();
    orphans.emplace(FoldName(select->Text(0)), select->IsNull(1) ? -1 : select->Integer(1),
                    FoldName(select->Text(2)), select->Integer(3));
  }
}

absl::StatusOr<std::set<Orphan>> Orphans(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  std::set<Orphan> orphans;
  for (const std::string& table : tables) {
    DAYBOOK_RETURN_IF_ERROR(AddOrphans(database, table, orphans));
  }
  return orphans;
}

bool SameValue(Cell cell, Cell other) {
  cell.clear_column();
  other.clear_column();
  return cell.SerializeAsString() == other.SerializeAsString();
}

// Whether a row holds the values that were kept, in the columns that there were.
bool Holds(const Row& row, const Row& kept) {
  return std::all_of(kept.cell().begin(), kept.cell().end(), [&](const Cell& cell) {
    const auto held = std::find_if(row.cell().begin(), row.cell().end(), [&](const Cell& other) {
      return SameName(other.column(), cell.column());
    });
    return held != row.cell().end() && SameValue(*held, cell);
  });
}

// Rows of which a former attempt has shown that they must stay.
class Unfit {
 public:
  // Why it must stay; "" where nothing is known.
  std::string WhyNot(const KeptRow& kept) const {
    const std::string table = FoldName(kept.table);
    if (changed_.contains(kept.id)) return "its table would hold it otherwise than it was";
    const bool is_orphan =
        tables_.contains(table) || places_.contains({table, kept.original.rowid()});
    return is_orphan ? "a row that it references is not there, or rows would lose their own" : "";
  }

  void AddChanged(int64_t id) { changed_.insert(id); }

  // Whether there was anything more to leave out for this orphan's sake: the row
  // itself; else all of its table, whose rows nothing tells apart; else all of its
  // parent's, of which one has lost its key.
  bool AddFor(const Orphan& orphan) {
    const auto& [table, rowid, parent, key] = orphan;
    if (rowid >= 0 && places_.emplace(table, rowid).second) return true;
    return tables_.insert(table).second || tables_.insert(parent).second;
  }

 private:
  std::set<int64_t> changed_;
  std::set<std::pair<std::string, int64_t>> places_;
  std::set<std::string> tables_;
};

// Puts rows back once, leaving out those that are known to be unfit.
class Attempt {
 public:
  Attempt(Connection& database, Conservation books, Unfit& unfit)
      : database_(database), books_(std::move(books)), unfit_(unfit) {}

  absl::Status Visit(const QuarantinedRow& row);

  const Replayed& replayed() const { return replayed_; }
  const Conservation& books() const { return books_; }
  // A row came otherwise than it was kept: it is unfit, and this attempt void.
  bool is_void() const { return is_void_; }

 private:
  absl::StatusOr<std::string> LookAtTable(const KeptRow& kept);
  absl::StatusOr<std::string> ObstacleOf(const KeptRow& kept);
  absl::StatusOr<std::string> PutBack(const QuarantinedRow& row);
  void Leave(int64_t id, const std::string& obstacle);

  Connection& database_;
  Conservation books_;
  Unfit& unfit_;
  Replayed replayed_;
  bool is_void_ = false;
  // Of one step, whose rows have the columns that their tables had then; and what
  // is in the way of them all.
  std::optional<RowReturner> returner_;
  std::map<std::string, std::string> tables_;
  std::pair<int, int> step_;
};

void Attempt::Leave(int64_t id, const std::string& obstacle) {
  ++replayed_.rows_left;
  if (replayed_.obstacles.size() < kMaxObstacles) replayed_.obstacles[id] = obstacle;
}

// What its table has in the way of all rows of a step; "" where nothing.
absl::StatusOr<std::string> Attempt::LookAtTable(const KeptRow& kept) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database_));
  const bool is_there = std::any_of(tables.begin(), tables.end(), [&](const std::string& table) {
    return SameName(table, kept.table);
  });
  if (!is_there) return absl::StrCat("there is no table ", kept.table);
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database_, kept.table));
  for (const Cell& cell : kept.original.cell()) {
    if (!shape.Has(cell.column())) {
      return absl::StrCat(kept.table, " has no column ", cell.column());
    }
  }
  return std::string();
}

absl::StatusOr<std::string> Attempt::ObstacleOf(const KeptRow& kept) {
  if (std::string why = unfit_.WhyNot(kept); !why.empty()) return why;
  const std::string table = FoldName(kept.table);
  const auto known = tables_.find(table);
  if (known != tables_.end()) return known->second;
  DAYBOOK_ASSIGN_OR_RETURN(std::string obstacle, LookAtTable(kept));
  return tables_.emplace(table, std::move(obstacle)).first->second;
}

absl::StatusOr<std::string> Attempt::PutBack(const QuarantinedRow& row) {
  const std::pair<int, int> step = {row.version, row.kept.step};
  if (!returner_ || step_ != step) {
    returner_.emplace(database_, books_);
    tables_.clear();
    step_ = step;
  }
  if (HashOf(row.kept.original) != row.hash) {
    return std::string("it is not what was kept: it was changed since");
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::string obstacle, ObstacleOf(row.kept));
  if (!obstacle.empty()) return obstacle;
  DAYBOOK_ASSIGN_OR_RETURN(const RowReturner::Returned returned, returner_->PutBack(row.kept));
  if (returned.row && !Holds(*returned.row, row.kept.original)) {
    unfit_.AddChanged(row.kept.id);
    is_void_ = true;
  }
  return returned.obstacle;
}

absl::Status Attempt::Visit(const QuarantinedRow& row) {
  if (row.state != kRowHeld && row.state != kRowConflict) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string obstacle, PutBack(row));
  if (!obstacle.empty()) {
    Leave(row.kept.id, obstacle);
    return absl::OkStatus();
  }
  ++replayed_.rows_back;
  return SetRowState(database_, row.kept.id, kRowReplayed);
}

// A replay, inside its transaction.
class Replay {
 public:
  Replay(Connection& database, const QuarantineChoice& choice)
      : database_(database), choice_(choice) {}

  absl::StatusOr<Replayed> Run();

 private:
  absl::StatusOr<std::optional<Replayed>> Try(const Conservation& books);
  absl::StatusOr<bool> Stands(const Attempt& attempt);
  absl::StatusOr<bool> LeavesNoOrphans();

  Connection& database_;
  const QuarantineChoice& choice_;
  Unfit unfit_;
  std::set<Orphan> orphans_before_;
};

// False where rows must be left out, which are unfit from then on.
absl::StatusOr<bool> Replay::LeavesNoOrphans() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::set<Orphan> now, Orphans(database_));
  bool is_new = false;
  bool leaves_out_more = false;
  for (const Orphan& orphan : now) {
    if (orphans_before_.contains(orphan)) continue;
    is_new = true;
    if (unfit_.AddFor(orphan)) leaves_out_more = true;
  }
  if (!is_new || leaves_out_more) return !is_new;
  return Failure(ExitCode::kVerification,
                 "rows put back would leave others without the row they reference; nothing was"
                 " changed",
                 "replay them one by one: daybook-migrate quarantine replay --id N");
}

absl::StatusOr<bool> Replay::Stands(const Attempt& attempt) {
  if (attempt.is_void()) return false;
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_no_orphans, LeavesNoOrphans());
  if (!has_no_orphans) return false;
  Conservation books = attempt.books();  // it notes what it reads
  DAYBOOK_ASSIGN_OR_RETURN(const auto differences, books.Differences(database_));
  if (differences.empty()) return true;
  return Failure(ExitCode::kVerification,
                 absl::StrCat(differences.front(), "; nothing was changed"),
                 "report it, this is a bug");
}

// Nothing where it has to be tried again, with fewer rows.
absl::StatusOr<std::optional<Replayed>> Replay::Try(const Conservation& books) {
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("SAVEPOINT mig_replay"));
  std::optional<Replayed> replayed;
  {
    Attempt attempt(database_, books, unfit_);
    DAYBOOK_RETURN_IF_ERROR(ForEachQuarantined(
        database_, choice_, [&](const QuarantinedRow& row) { return attempt.Visit(row); }));
    DAYBOOK_ASSIGN_OR_RETURN(const bool stands, Stands(attempt));
    if (stands) replayed = attempt.replayed();
  }
  if (!replayed) DAYBOOK_RETURN_IF_ERROR(database_.Execute("ROLLBACK TO mig_replay"));
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("RELEASE mig_replay"));
  return replayed;
}

absl::StatusOr<Replayed> Replay::Run() {
  Plan nothing_else;
  DAYBOOK_ASSIGN_OR_RETURN(nothing_else.before, SchemaModel::Read(database_));
  nothing_else.after = nothing_else.before;
  DAYBOOK_ASSIGN_OR_RETURN(const Conservation books, Conservation::Begin(database_, nothing_else));
  DAYBOOK_ASSIGN_OR_RETURN(orphans_before_, Orphans(database_));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Replayed> replayed, Try(books));
    if (replayed) return *replayed;
  }
}

std::string ChoiceName(const QuarantineChoice& choice) {
  if (choice.id) return absl::StrCat("id ", *choice.id);
  if (!choice.constraint.empty()) return absl::StrCat("constraint ", choice.constraint);
  return "all";
}

absl::Status Explain(const absl::Status& error) {
  if (!absl::IsUnavailable(error)) return error;
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("another program is using the database: ", error.message()),
                 "let it finish, then run it again; nothing was changed");
}

}  // namespace

absl::StatusOr<Replayed> ReplayRows(Connection& database, const QuarantineChoice& choice,
                                    const RunIdentity& run) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_records, HasRecords(database));
  if (!has_records) return Replayed();
  DAYBOOK_ASSIGN_OR_RETURN(const Session session, Session::Begin(database));
  Replayed replayed;
  const absl::Status done = database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(replayed, Replay(database, choice).Run());
    if (replayed.rows_back == 0) return absl::OkStatus();
    return AppendEvent(database, run,
                       {.action = "migration.rows_replayed",
                        .details = {{"chosen", ChoiceName(choice)},
                                    {"rows_back", absl::StrCat(replayed.rows_back)},
                                    {"rows_left", absl::StrCat(replayed.rows_left)}}});
  });
  if (!done.ok()) return Explain(done);
  return replayed;
}

}  // namespace daybook::migrator::sqlite
