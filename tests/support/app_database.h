#pragma once

#include <map>
#include <string>
#include <vector>

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
#include "migrator/sqlite/reshape.h"
#include "migrator/sqlite/run.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/table_shape.h"
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

  std::vector<std::string> phases;
  std::vector<std::string> notes;
};

// All that a database holds, for comparing: schema and rows of every table but
// the migrator's own.
struct Contents {
  std::string schema;
  std::map<std::string, std::string> tables = {};  // fingerprints, by name
  std::map<std::string, int64_t> sequences;

  friend bool operator==(const Contents&, const Contents&) = default;
};

// A database of an application, and the migrations that a test runs on it.
class AppDatabase {
 public:
  explicit AppDatabase(const std::string& sql = "") {
    auto made = db::sqlite::Connection::Open(path(), db::sqlite::OpenMode::kCreate);
    EXPECT_TRUE(made.ok()) << made.status();
    Execute(*made, sql);
  }

  std::string path() const { return folder_.File("app.db"); }
  const testing::TempFolder& folder() const { return folder_; }

  db::sqlite::Connection Open() const {
    return db::sqlite::Connection::Open(path(), db::sqlite::OpenMode::kForeign).value();
  }

  void Sql(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    Execute(database, sql);
  }

  // The first column of the first row.
  std::string Text(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    db::sqlite::Statement select = database.Prepare(sql).value();
    return select.Step().value() ? select.Text(0) : "(no row)";
  }

  // Whether SQLite refuses the statement.
  absl::Status Try(const std::string& sql) const {
    db::sqlite::Connection database = Open();
    if (absl::Status on = database.Execute("PRAGMA foreign_keys = ON"); !on.ok()) return on;
    absl::Status tried;
    const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
      tried = database.Execute(sql);
      return absl::CancelledError("a trial");
    });
    return tried;
  }

  Contents Read() const {
    db::sqlite::Connection database = Open();
    Contents contents{.schema = migrator::sqlite::SchemaModel::Read(database).value().Digest(),
                      .sequences = migrator::sqlite::Sequences(database).value()};
    const auto tables = migrator::sqlite::TableNames(database).value();
    for (const std::string& table : tables) {
      const auto shape = migrator::sqlite::ReadTableShape(database, table).value();
      contents.tables[table] =
          migrator::sqlite::FingerprintOf(database, shape, shape.columns).value().ToString();
    }
    return contents;
  }

  // Applies a migration given as the text of its steps; the strategy may be
  // among them.
  absl::Status Apply(const std::string& text) {
    migration::MigrationFile file;
    file.file_name = "test";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file.migration)) << text;
    file.migration.set_version(++version_);
    if (file.migration.name().empty()) file.migration.set_name("test");
    file.checksum = migration::ChecksumOf(file.migration);
    absl::Status applied = Apply(file);
    if (!applied.ok()) --version_;
    return applied;
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
      if (mend != nullptr && sqlite::CountViolations(database, *mend).value() > 0) {
        mended.push_back(mend->table);
      }
    }
    if (absl::Status chosen = ChooseStrategy(file.migration.strategy(), mended, *plan);
        !chosen.ok()) {
      return chosen;
    }
    strategy = plan->strategy;
    return ApplyOne(database, file, *plan, Options());
  }

  absl::Status RollBack() {
    db::sqlite::Connection database = Open();
    const auto history = migrator::sqlite::ReadHistory(database);
    if (!history.ok()) return history.status();
    --version_;
    return RollBackOne(database, history->back(), Options());
  }

  RecordingObserver observer;
  migrator::sqlite::Plan::Strategy strategy = {};

 private:
  static void Execute(db::sqlite::Connection& database, const std::string& sql) {
    const absl::Status done = database.Execute(sql);
    EXPECT_TRUE(done.ok()) << done << "\n" << sql;
  }

  migrator::sqlite::RunOptions Options() {
    return {.run_id = "test-run", .build = "test", .clock = clock_, .observer = observer};
  }

  TempFolder folder_;
  SystemClock clock_;
  int version_ = 0;
  migrator::sqlite::Enums enums_;
};

}  // namespace daybook::testing
