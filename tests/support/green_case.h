#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "google/protobuf/text_format.h"
#include "migrator/green/exchange.h"
#include "migrator/green/go_back.h"
#include "migrator/green/place.h"
#include "support/backup_case.h"

namespace daybook::testing {

// Passes on what it hears, and does something when a phase begins.
class ActingObserver final : public migrator::sqlite::Observer {
 public:
  explicit ActingObserver(RecordingObserver& observer) : observer_(observer) {}

  void Phase(absl::string_view phase, absl::string_view text) override {
    observer_.Phase(phase, text);
    if (std::string(phase) == when) then();
  }
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override {
    observer_.Note(event, text, fields);
  }

  std::string when;
  std::function<void()> then;

 private:
  RecordingObserver& observer_;
};

// The database of BackupCase, and what BLUE_GREEN does to it.
class GreenCase : public BackupCase {
 protected:
  static constexpr char kNotNegative[] =
      "step { add_check { table: 'payments' column: 'amount' name: 'amount_ok'"
      "  rule { int64 { gte: 0 } } rationale: 'r' on_violation { quarantine {} } } }";

  explicit GreenCase(const std::string& journal_mode) : BackupCase(journal_mode) {}

  migrator::backup::BackupJob GreenJob() {
    return {.database = app_.path(),
            .folder = folder_.path(),
            .run_id = run_id_,
            .build = "test",
            .clock = clock_,
            .observer = acting_,
            .stop = &stop_};
  }

  migrator::sqlite::RunOptions How() {
    return {.run_id = run_id_,
            .build = "test",
            .clock = clock_,
            .observer = acting_,
            .reason = "a test",
            .stop_asked = [this] { return stop_.load(); },
            .back_up = [this](db::sqlite::Connection& held) -> absl::StatusOr<std::string> {
              const auto made = CreateBackup(Job(), {}, held);
              if (!made.ok()) return made.status();
              return made->id();
            }};
  }

  // As the program does it: planned on the database as it is.
  absl::Status ApplyGreen(const std::string& text) {
    namespace sqlite = migrator::sqlite;
    migration::MigrationFile file;
    file.file_name = "test";
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &file.migration)) << text;
    file.migration.set_version(static_cast<int>(History().size()) + 1);
    file.migration.set_name("test");
    file.migration.set_strategy(migration::v1::Migration::BLUE_GREEN);
    file.checksum = migration::ChecksumOf(file.migration);
    sqlite::Plan plan;
    {
      db::sqlite::Connection database = app_.Open();
      const auto before = sqlite::SchemaModel::Read(database).value();
      plan = sqlite::PlanUp(file.migration, before, enums_).value();
      EXPECT_THAT(sqlite::ChooseStrategy(file.migration.strategy(), {}, plan), IsOk());
    }
    return migrator::green::ApplyByExchange(GreenJob(), file, plan, How(), patience_);
  }

  absl::Status GoBack() {
    return migrator::green::GoBackToBlue(GreenJob(), History().back(), How(), patience_);
  }

  std::vector<migrator::sqlite::AppliedMigration> History() {
    db::sqlite::Connection database = app_.Open();
    return migrator::sqlite::ReadHistory(database).value();
  }

  std::string Blue(int version = 0) const {
    return migrator::green::BluePath(app_.path(), version);
  }

  std::vector<std::string> FilesBeside() const { return FilesIn(app_.folder().path()); }

  ActingObserver acting_{app_.observer};
  std::atomic<bool> stop_ = false;
  absl::Duration patience_ = absl::ZeroDuration();
  migrator::sqlite::Enums enums_;
};

}  // namespace daybook::testing
