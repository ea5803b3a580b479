#pragma once

#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "core/clock.h"
#include "db/sqlite/connection.h"
#include "google/protobuf/text_format.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_file.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/planner.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqlite/table_shape.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::testing {

// Remembers what a run told.
class RecordingObserver final : public migrator::sqlite::Observer {
 public:
  void Phase(absl::string_view phase, absl::string_view /*text*/) override {
    phases.emplace_back(phase);
  }
  void Note(absl::string_view event, absl::string_view text, const Fields& /*fields*/) override {
    notes.push_back(absl::StrCat(event, ": ", text));
  }

  void Progress(absl::string_view work, uint64_t done, uint64_t all) override {
    progress[std::string(work)].emplace_back(done, all);
  }
  void Ended(const migrator::sqlite::RunAccount& account) override { accounts.push_back(account); }

  std::vector<std::string> phases;
  std::vector<std::string> notes;
  std::map<std::string, std::vector<std::pair<uint64_t, uint64_t>>> progress;  // by work
  std::vector<migrator::sqlite::RunAccount> accounts;
};

// All that a database holds, for comparing: schema and rows of every table but
// the migrator's own.
struct Contents {
  std::map<std::string, std::string> schema = {};  // SQL, by kind and name
  std::map<std::string, std::string> tables = {};  // fingerprints, by name
  std::map<std::string, int64_t> sequences = {};
  std::vector<std::string> statistics = {};  // the rows of sqlite_stat1

  friend bool operator==(const Contents&, const Contents&) = default;
  friend void PrintTo(const Contents& contents, std::ostream* out) {
    for (const auto& [name, sql] : contents.schema) *out << "\n" << name << ": " << sql;
    for (const auto& [name, rows] : contents.tables) *out << "\n" << name << " holds " << rows;
    for (const auto& [name, number] : contents.sequences) *out << "\n" << name << " at " << number;
    for (const std::string& row : contents.statistics) *out << "\n" << row;
  }
};

// What a database of an application is opened with, and how it is migrated.
struct Ways {
  bool wal = false;          // the journal mode
  bool always_anew = false;  // `strategy: SINGLE_TX`, which writes tables anew
};

// A database of an application, and the migrations that a test runs on it.
class AppDatabase {
 public:
  explicit AppDatabase(const std::string& sql = "", Ways ways = {}) : ways_(ways) {
    auto made = db::sqlite::Connection::Open(path(), db::sqlite::OpenMode::kCreate);
    EXPECT_THAT(made, IsOk());
    Execute(*made, ways.wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE");
    Execute(*made, "PRAGMA foreign_keys = OFF");
    Execute(*made, sql);
  }

  std::string path() const { return folder_.File("app.db"); }
  const testing::TempFolder& folder() const { return folder_; }

  db::sqlite::Connection Open() const {
    auto opened = db::sqlite::Connection::Open(path(), db::sqlite::OpenMode::kForeign).value();
    Execute(opened, on_open);
    return opened;
  }

  void Sql(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    Execute(database, sql);
  }

  // The first column of all rows, a space between two.
  std::string Text(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    return TextIn(database, sql);
  }
  static std::string TextIn(db::sqlite::Connection& database, const std::string& sql) {
    auto select = database.Prepare(sql);
    EXPECT_THAT(select, IsOk()) << sql;
    if (!select.ok()) return "(an error)";
    std::string text;
    while (select->Step().value()) {
      absl::StrAppend(&text, text.empty() ? "" : " ", select->IsNull(0) ? "NULL" : select->Text(0));
    }
    return text;
  }

  // What SQLite says to the statement of a program that has foreign keys on. It
  // is rolled back.
  absl::Status Try(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    Execute(database, "PRAGMA foreign_keys = ON");
    absl::Status tried;
    const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
      tried = database.Execute(sql);
      return absl::CancelledError("a trial");
    });
    return tried;
  }

  Contents Read() const {
    namespace sqlite = migrator::sqlite;
    db::sqlite::Connection database = Open();
    Contents contents{.sequences = sqlite::Sequences(database).value()};
    const auto model = sqlite::SchemaModel::Read(database).value();
    for (const auto& object : model.objects()) {
      contents.schema[sqlite::Describe(object)] = object.sql();
    }
    const std::vector<std::string> tables = sqlite::TableNames(database).value();
    for (const std::string& table : tables) {
      const auto shape = sqlite::ReadTableShape(database, table).value();
      contents.tables[table] = FingerprintOf(database, shape, shape.columns).value().ToString();
    }
    contents.statistics = Statistics(database);
    return contents;
  }

  // Applies a migration given as text; its version follows from the ones before.
  absl::Status Apply(const std::string& text) {
    migration::MigrationFile file;
    file.file_name = "test";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file.migration)) << text;
    file.migration.set_version(++version_);
    if (file.migration.name().empty()) file.migration.set_name("test");
    if (ways_.always_anew) file.migration.set_strategy(migration::v1::Migration::SINGLE_TX);
    file.checksum = migration::ChecksumOf(file.migration);
    absl::Status applied = Apply(file);
    if (!applied.ok()) --version_;
    return applied;
  }

  absl::Status RollBack() {
    db::sqlite::Connection database = Open();
    const auto history = migrator::sqlite::ReadHistory(database);
    if (!history.ok()) return history.status();
    absl::Status back = RollBackOne(database, history->back(), Options());
    if (back.ok()) --version_;
    ExpectAsFound(database);
    return back;
  }

  // What must be so whatever was done: the file is sound, and nothing half-made
  // is left in it.
  void ExpectSound() const {
    EXPECT_EQ(Text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(Text("SELECT name FROM sqlite_schema WHERE name LIKE 'mig\\_new\\_%' ESCAPE '\\'"),
              leftover);
  }

  RecordingObserver observer;
  migrator::sqlite::Plan::Strategy strategy = {};
  std::string leftover;  // what a test put there that looks like one
  bool warnings_are_errors = false;
  absl::Time end = absl::InfiniteFuture();  // of a run
  std::string on_open;                      // SQL that each connection begins with

 private:
  static void Execute(db::sqlite::Connection& database, const std::string& sql) {
    EXPECT_THAT(database.Execute(sql), IsOk()) << sql.substr(0, 1000);
  }

  static std::vector<std::string> Statistics(db::sqlite::Connection& database) {
    std::vector<std::string> rows;
    auto select = database.Prepare(
        "SELECT tbl || ' ' || coalesce(idx, '-') || ' ' || stat FROM sqlite_stat1 ORDER BY 1");
    while (select.ok() && select->Step().value()) rows.push_back(select->Text(0));
    return rows;
  }

  absl::Status Apply(const migration::MigrationFile& file) {
    namespace sqlite = migrator::sqlite;
    db::sqlite::Connection database = Open();
    const auto before = sqlite::SchemaModel::Read(database);
    if (!before.ok()) return before.status();
    auto plan = sqlite::PlanUp(file.migration, *before, enums_);
    if (!plan.ok()) return plan.status();
    std::vector<std::string> mended;
    for (const sqlite::Action& action : plan->actions) {
      const auto* const mend = std::get_if<sqlite::Mend>(&action);
      if (mend == nullptr || !mend->can_be_counted) continue;
      const auto rows = sqlite::CountViolations(database, *mend);
      if (!rows.ok()) return rows.status();
      if (*rows > 0) mended.push_back(mend->table);
    }
    absl::Status chosen = ChooseStrategy(file.migration.strategy(), mended, *plan);
    if (!chosen.ok()) return chosen;
    strategy = plan->strategy;
    absl::Status applied = ApplyOne(database, file, *plan, Options());
    ExpectAsFound(database);
    return applied;
  }

  // A run leaves the connection as it found it.
  static void ExpectAsFound(db::sqlite::Connection& database) {
    EXPECT_FALSE(database.IsInTransaction());
    EXPECT_EQ(TextIn(database, "PRAGMA foreign_keys"), "0");
    EXPECT_EQ(TextIn(database, "PRAGMA legacy_alter_table"), "0");
    EXPECT_EQ(TextIn(database, "PRAGMA writable_schema"), "0");
    EXPECT_EQ(TextIn(database, "SELECT name FROM sqlite_temp_schema"), "");
  }

  migrator::sqlite::RunOptions Options() {
    return {.run_id = "test-run",
            .build = "test",
            .clock = clock_,
            .observer = observer,
            .warnings_are_errors = warnings_are_errors,
            .end = end,
            .end_set_by = "the test"};
  }

  TempFolder folder_;
  SystemClock clock_;
  const Ways ways_;
  int version_ = 0;
  migrator::sqlite::Enums enums_;
};

// Applies a migration, takes it back and applies it again: the way back leads to
// what was there, and the second time does what the first one did.
inline void ExpectThereAndBack(AppDatabase& app, const std::string& migration) {
  const Contents before = app.Read();
  ASSERT_THAT(app.Apply(migration), IsOk());
  app.ExpectSound();
  const Contents after = app.Read();

  ASSERT_THAT(app.RollBack(), IsOk());
  app.ExpectSound();
  EXPECT_EQ(app.Read(), before);

  ASSERT_THAT(app.Apply(migration), IsOk());
  app.ExpectSound();
  EXPECT_EQ(app.Read(), after);
}

// A migration that is refused changes nothing.
inline void ExpectRefused(AppDatabase& app, const std::string& migration, migration::ExitCode code,
                          const std::string& message) {
  const Contents before = app.Read();
  const absl::Status refused = app.Apply(migration);
  EXPECT_FALSE(refused.ok());
  EXPECT_EQ(migration::ExitCodeOf(refused), code) << refused;
  EXPECT_THAT(std::string(refused.message()), ::testing::HasSubstr(message));
  app.ExpectSound();
  EXPECT_EQ(app.Read(), before);
}

// Each journal mode, with tables written anew and without where that is not
// needed.
class EachWay : public ::testing::TestWithParam<Ways> {};

inline auto AllWays() {
  return ::testing::Values(Ways{}, Ways{.wal = true}, Ways{.always_anew = true},
                           Ways{.wal = true, .always_anew = true});
}

inline std::string NameOf(const ::testing::TestParamInfo<Ways>& info) {
  return absl::StrCat(info.param.wal ? "Wal" : "Delete", info.param.always_anew ? "Anew" : "");
}

}  // namespace daybook::testing
