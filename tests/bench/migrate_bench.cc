#include "bench/migrate_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/child_process.h"
#include "bench/programs.h"
#include "bench/work_folder.h"
#include "core/clock.h"
#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "google/protobuf/text_format.h"
#include "migrator/migration/migration_file.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/silent_observer.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::bench {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

// Roughly what a table of accounts looks like: 60 bytes a row.
constexpr char kSchema[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
    "CREATE TABLE owners (id INTEGER PRIMARY KEY);"
    "CREATE TABLE accounts (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, number TEXT NOT NULL,"
    " balance INTEGER NOT NULL, note TEXT);"
    "CREATE INDEX accounts_owner ON accounts (owner);";
constexpr char kCheck[] = "typeof(balance) = 'integer' AND balance >= 0";
constexpr char kMigration[] = R"(
  version: 1 name: "nonneg"
  step { add_check {
    table: "accounts" column: "balance" name: "accounts_balance_nonneg"
    rule { int64 { gte: 0 } }
    rationale: "no credit is given"
  } }
)";
// The same without a proof of anything, as people write it by hand.
constexpr char kBareSql[] =
    "PRAGMA foreign_keys = OFF;\n"
    "BEGIN IMMEDIATE;\n"
    "CREATE TABLE accounts_new (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL,"
    " number TEXT NOT NULL, balance INTEGER NOT NULL CHECK (typeof(balance) = 'integer' AND"
    " balance >= 0), note TEXT);\n"
    "INSERT INTO accounts_new SELECT * FROM accounts;\n"
    "DROP TABLE accounts;\n"
    "ALTER TABLE accounts_new RENAME TO accounts;\n"
    "CREATE INDEX accounts_owner ON accounts (owner);\n"
    "COMMIT;\n";

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

absl::StatusOr<double> TimeOf(const std::function<absl::Status()>& work) {
  const auto begin = Clock::now();
  DAYBOOK_RETURN_IF_ERROR(work());
  return Milliseconds(Clock::now() - begin).count();
}

absl::Status MakeAccounts(const std::string& path, uint64_t rows) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kCreate));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kSchema));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ", rows,
      ") INSERT INTO accounts SELECT i, i / 3, printf('KR%012d', i * 7919), i % 100000,"
      " CASE WHEN i % 5 THEN NULL ELSE 'opened at the counter' END FROM n")));
  return database.CheckpointAndTruncate();
}

migration::MigrationFile Nonneg() {
  migration::MigrationFile file;
  google::protobuf::TextFormat::ParseFromString(kMigration, &file.migration);
  file.checksum = migration::ChecksumOf(file.migration);
  return file;
}

// Applies the migration once more to a database that it was taken back from.
class InPlace {
 public:
  explicit InPlace(Connection& database) : database_(database) {}

  absl::Status Plan() {
    DAYBOOK_ASSIGN_OR_RETURN(const auto schema, migrator::sqlite::SchemaModel::Read(database_));
    migrator::sqlite::Enums enums;
    DAYBOOK_ASSIGN_OR_RETURN(auto plan, migrator::sqlite::PlanUp(file_.migration, schema, enums));
    DAYBOOK_RETURN_IF_ERROR(
        migrator::sqlite::ChooseStrategy(migration::v1::Migration::SCHEMA_EDIT, {}, plan));
    plan_ = std::move(plan);
    return absl::OkStatus();
  }
  absl::Status Apply() { return migrator::sqlite::ApplyOne(database_, file_, *plan_, Options()); }
  absl::Status TakeBack() {
    DAYBOOK_ASSIGN_OR_RETURN(const auto history, migrator::sqlite::ReadHistory(database_));
    return migrator::sqlite::RollBackOne(database_, history.back(), Options());
  }

 private:
  migrator::sqlite::RunOptions Options() {
    return {.run_id = "bench", .build = "bench", .clock = clock_, .observer = silence_};
  }

  Connection& database_;
  const migration::MigrationFile file_ = Nonneg();
  const SystemClock clock_;
  migrator::sqlite::SilentObserver silence_;
  std::optional<migrator::sqlite::Plan> plan_;
};

absl::Status MeasureCheck(const std::string& path, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  InPlace in_place(database);
  const std::string scan_sql =
      absl::StrCat("SELECT count(*) FROM accounts WHERE NOT (", kCheck, ")");
  const auto scan = [&] { return database.QueryInteger(scan_sql).status(); };
  DAYBOOK_RETURN_IF_ERROR(scan());  // what is read once is in the kernel's cache
  std::vector<double> scans;
  std::vector<double> ratios;
  for (int round = 0; round < sizes.rounds; ++round) {
    DAYBOOK_RETURN_IF_ERROR(in_place.Plan());
    DAYBOOK_ASSIGN_OR_RETURN(const double theirs, TimeOf(scan));
    DAYBOOK_ASSIGN_OR_RETURN(const double ours, TimeOf([&] { return in_place.Apply(); }));
    DAYBOOK_RETURN_IF_ERROR(in_place.TakeBack());
    scans.push_back(theirs);
    ratios.push_back(ours / theirs);
  }
  const double scan_ms = Median(scans);
  const double ratio = Median(ratios);
  const std::string size = SizeName(sizes.checked_rows);
  std::printf("  a CHECK on %s rows, BEGIN to COMMIT: %.2f of one scan, which takes %.0f ms\n",
              size.c_str(), ratio, scan_ms);
  results.Add(absl::StrCat("check_", size, "_over_scan"), ratio, "");
  results.Add(absl::StrCat("check_", size, "_ms"), ratio * scan_ms, "ms");
  return absl::OkStatus();
}

absl::Status MeasureFingerprint(const std::string& path, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kForeign));
  DAYBOOK_ASSIGN_OR_RETURN(const auto shape,
                           migrator::sqlite::ReadTableShape(database, "accounts"));
  DAYBOOK_ASSIGN_OR_RETURN(
      const double ms, TimeOf([&] {
        return migrator::sqlite::FingerprintOf(database, shape, shape.columns).status();
      }));
  const double rate = static_cast<double>(sizes.checked_rows) / ms * 1'000;
  std::printf("  fingerprints: %.2f million rows/s\n", rate / 1e6);
  results.Add("fingerprint_rows_per_s", rate, "rows/s");
  return absl::OkStatus();
}

// Runs a program over a fresh copy of a database.
absl::StatusOr<double> TimeOverCopy(const std::string& original, const std::string& copy,
                                    const std::vector<std::string>& command) {
  std::filesystem::copy_file(original, copy, std::filesystem::copy_options::overwrite_existing);
  for (const char* const suffix : {"-wal", "-shm"}) std::filesystem::remove(copy + suffix);
  return TimeOf([&] { return RunToEnd(command, copy + ".log"); });
}

void Write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

// Whole programs, from start to end: ours with all its proofs, without the backup.
absl::Status MeasureRebuild(const WorkFolder& folder, const Sizes& sizes, Results& results) {
  const std::optional<std::string> shell = FindProgram("sqlite3");
  if (!shell) return absl::NotFoundError("the sqlite3 shell is missing");
  const std::string original = folder.File("rebuilt.db");
  DAYBOOK_RETURN_IF_ERROR(MakeAccounts(original, sizes.rebuilt_rows));
  std::filesystem::create_directory(folder.File("migrations"));
  Write(folder.File("migrations/0001_nonneg.textproto"),
        absl::StrCat(kMigration, "strategy: SINGLE_TX\n"));
  Write(folder.File("bare.sql"), kBareSql);
  const std::string copy = folder.File("copy.db");
  const auto command = [&](const char* name) -> std::vector<std::string> {
    return {ProgramBeside("daybook-migrate"), name,           "--database",
            absl::StrCat("sqlite:", copy),    "--migrations", folder.File("migrations")};
  };
  std::vector<std::string> ours = command("apply");
  ours.insert(ours.end(), {"--no-backup", "--i-accept-data-loss"});
  const std::vector<std::string> theirs = {*shell, copy,
                                           absl::StrCat(".read ", folder.File("bare.sql"))};
  std::vector<double> ratios;
  std::vector<double> taken;
  std::vector<double> back;
  for (int round = 0; round < sizes.rounds; ++round) {
    DAYBOOK_ASSIGN_OR_RETURN(const double bare, TimeOverCopy(original, copy, theirs));
    DAYBOOK_ASSIGN_OR_RETURN(const double proved, TimeOverCopy(original, copy, ours));
    DAYBOOK_ASSIGN_OR_RETURN(const double taken_back,
                             TimeOf([&] { return RunToEnd(command("rollback"), copy + ".log"); }));
    ratios.push_back(proved / bare);
    taken.push_back(proved);
    back.push_back(taken_back / 1'000);
  }
  std::printf("  %s rows written anew and proved: %.0f ms, %.2f of the bare SQL in sqlite3\n",
              SizeName(sizes.rebuilt_rows).c_str(), Median(taken), Median(ratios));
  std::printf("  and back, with a verified backup first: %.2f s\n", Median(back));
  results.Add("rebuild_over_shell", Median(ratios), "");
  results.Add(absl::StrCat("rebuild_", SizeName(sizes.rebuilt_rows), "_ms"), Median(taken), "ms");
  results.Add(absl::StrCat("rollback_", SizeName(sizes.rebuilt_rows), "_s"), Median(back), "s");
  return absl::OkStatus();
}

absl::Status Fill(const std::string& path, const std::string& script) {
  std::ifstream file(script);
  const std::string sql((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(path, OpenMode::kCreate));
  return database.Execute(sql);
}

absl::Status MeasureDeposits(const WorkFolder& folder, const Sizes& sizes, Results& results) {
  const std::string set = absl::StrCat(DAYBOOK_MIGRATIONS_DIR, "/deposits");
  const std::string original = folder.File("deposits.db");
  DAYBOOK_RETURN_IF_ERROR(Fill(original, set + "/fixture/before.sqlite.sql"));
  const std::string copy = folder.File("deposits_copy.db");
  const auto command = [&](const char* name) -> std::vector<std::string> {
    return {ProgramBeside("daybook-migrate"), name,           "--database",
            absl::StrCat("sqlite:", copy),    "--migrations", set};
  };
  std::vector<double> up;
  std::vector<double> down;
  for (int round = 0; round < sizes.rounds; ++round) {
    DAYBOOK_ASSIGN_OR_RETURN(const double applied, TimeOverCopy(original, copy, command("apply")));
    DAYBOOK_ASSIGN_OR_RETURN(const double taken_back,
                             TimeOf([&] { return RunToEnd(command("rollback"), copy + ".log"); }));
    up.push_back(applied / 1'000);
    down.push_back(taken_back / 1'000);
  }
  std::printf("  migration 001 with its backup: %.3f s; back, with another: %.3f s\n", Median(up),
              Median(down));
  results.Add("migration_001_s", Median(up), "s");
  results.Add("rollback_001_s", Median(down), "s");
  return absl::OkStatus();
}

}  // namespace

absl::Status RunMigrate(const DataSet& /*data*/, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(
      folder.CheckSpace(150 * sizes.checked_rows + 600 * sizes.rebuilt_rows + (1 << 27)));
  std::printf("\nmigrate: what proof costs\n");
  const std::string checked = folder.File("checked.db");
  DAYBOOK_RETURN_IF_ERROR(MakeAccounts(checked, sizes.checked_rows));
  DAYBOOK_RETURN_IF_ERROR(MeasureCheck(checked, sizes, results));
  DAYBOOK_RETURN_IF_ERROR(MeasureFingerprint(checked, sizes, results));
  DAYBOOK_RETURN_IF_ERROR(MeasureRebuild(folder, sizes, results));
  return MeasureDeposits(folder, sizes, results);
}

}  // namespace daybook::bench
