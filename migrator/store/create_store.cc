#include "migrator/store/create_store.h"

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "ledger/checkpoint.h"
#include "ledger/salt.h"
#include "migrator/migration/failure.h"
#include "migrator/store/history_row.h"
#include "migrator/store/schema.h"

namespace daybook::migrator::store {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StoreLayout;

constexpr char kInsertSeal[] = "INSERT INTO seal_index (position, statement) VALUES (?1, ?2)";
constexpr char kInsertCatalogSchema[] =
    "INSERT INTO catalog_schema (position, statement) VALUES (?1, ?2)";
constexpr char kInsertSetting[] = "INSERT INTO store_settings (name, value) VALUES (?1, ?2)";

// Builds a database beside `path` and moves it there once it is whole.
absl::Status Build(const std::string& path, const std::vector<std::string>& ddl,
                   absl::FunctionRef<absl::Status(Connection&)> fill) {
  const std::string unfinished = path + ".new";
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(unfinished));
  {
    DAYBOOK_ASSIGN_OR_RETURN(Connection connection,
                             Connection::Open(unfinished, OpenMode::kCreate));
    DAYBOOK_RETURN_IF_ERROR(connection.InTransaction([&]() -> absl::Status {
      for (const std::string& statement : ddl) {
        DAYBOOK_RETURN_IF_ERROR(connection.Execute(statement));
      }
      return fill(connection);
    }));
  }
  return db::sqlite::MoveDurably(unfinished, path);
}

// Statements that the service will run one day; it has none of its own.
absl::Status FillStatements(Connection& connection, const std::string& sql,
                            const std::vector<std::string>& statements) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(sql));
  int64_t position = 0;
  for (const std::string& statement : statements) {
    insert.BindInteger(1, ++position);
    insert.BindText(2, statement);
    DAYBOOK_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status InsertSetting(Statement& insert, const std::string& name, const std::string& value) {
  insert.BindText(1, name);
  insert.BindText(2, value);
  return insert.Run();
}

absl::Status FillSettings(Connection& connection, const CreateOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.Prepare(kInsertSetting));
  DAYBOOK_RETURN_IF_ERROR(InsertSetting(insert, "origin", ledger::FreshOrigin()));
  DAYBOOK_RETURN_IF_ERROR(
      InsertSetting(insert, "segment_events", absl::StrCat(options.segment_events)));
  const ledger::Salt key = ledger::DrawSalt();
  const std::string name = "token_key";
  insert.BindText(1, name);
  insert.BindBlob(2, {reinterpret_cast<const char*>(key.data()), key.size()});
  return insert.Run();
}

// What an apply that was cut off left behind may be made again; events may not.
absl::Status CheckNoEvents(const StoreLayout& layout) {
  const auto numbers = layout.SegmentNumbers();
  if (!numbers.ok()) return numbers.status();
  for (const uint64_t number : *numbers) {
    DAYBOOK_ASSIGN_OR_RETURN(Connection segment,
                             Connection::Open(layout.Segment(number), OpenMode::kReadOnly));
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t events,
                             segment.QueryInteger("SELECT count(*) FROM audit_logs"));
    if (events > 0) {
      return migration::Failure(
          migration::ExitCode::kHistoryMismatch,
          absl::StrCat(layout.root(),
                       " holds events but no ledger.db: a new one would not fit them"),
          "put ledger.db back from a backup");
    }
  }
  return absl::OkStatus();
}

absl::Status RemoveLeftovers(const StoreLayout& layout) {
  DAYBOOK_RETURN_IF_ERROR(CheckNoEvents(layout));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, layout.SegmentNumbers());
  for (const uint64_t number : numbers) {
    DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(layout.Segment(number)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CreateStore(const StoreLayout& layout, const schema::StoreMigration& migration,
                         const CreateOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  std::error_code error;
  std::filesystem::create_directories(layout.SegmentsFolder(), error);
  if (error)
    return absl::ErrnoToStatus(error.value(), absl::StrCat("make ", layout.SegmentsFolder()));
  DAYBOOK_RETURN_IF_ERROR(RemoveLeftovers(layout));

  DAYBOOK_RETURN_IF_ERROR(Build(layout.TemplateDb(), SegmentDdl(), [](Connection& connection) {
    return FillStatements(connection, kInsertSeal, SealStatements());
  }));
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::CopyDurably(layout.TemplateDb(), layout.Segment(0)));
  DAYBOOK_RETURN_IF_ERROR(
      Build(layout.CatalogDb(), CatalogDdl(), [](Connection&) { return absl::OkStatus(); }));
  DAYBOOK_RETURN_IF_ERROR(
      Build(layout.LedgerDb(), LedgerDdl(), [&](Connection& connection) -> absl::Status {
        DAYBOOK_RETURN_IF_ERROR(FillSettings(connection, options));
        DAYBOOK_RETURN_IF_ERROR(FillStatements(connection, kInsertCatalogSchema, CatalogDdl()));
        return WriteHistoryRow(connection, migration, begin);
      }));
  return db::sqlite::SyncFolder(layout.root());
}

}  // namespace daybook::migrator::store
