#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/backup/create.h"
#include "migrator/backup/manifest.h"
#include "migrator/backup/restore.h"
#include "migrator/migration/failure.h"
#include "support/app_database.h"
#include "support/failure_matchers.h"
#include "support/manual_clock.h"
#include "support/status_matchers.h"

namespace daybook::testing {

inline std::string ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline void FlipBit(const std::string& path, size_t at) {
  std::string bytes = ReadBytes(path);
  bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
  WriteBytes(path, bytes);
}

inline std::vector<std::string> FilesIn(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Returns once what is written gets another time than what was written before:
// after a few milliseconds.
inline void WaitForLaterTimes(const std::string& scratch) {
  const auto time_of_change = [&] {
    struct stat status {};
    WriteBytes(scratch, "x");
    EXPECT_EQ(stat(scratch.c_str(), &status), 0);
    return absl::TimeFromTimespec(status.st_ctim);
  };
  const absl::Time before = time_of_change();
  while (time_of_change() == before) {
  }
}

// A database of an application, of 3,000 payments, and a folder for its backups.
class BackupCase : public ::testing::Test {
 protected:
  explicit BackupCase(const std::string& journal_mode = "DELETE")
      : app_(absl::StrCat("PRAGMA journal_mode = ", journal_mode, ";", kSchema)) {
    clock_.Set(absl::Now());
  }

  migrator::backup::BackupJob Job() {
    return {.database = app_.path(),
            .folder = folder_.path(),
            .key_file = key_file_,
            .run_id = run_id_,
            .build = "test",
            .clock = clock_,
            .observer = app_.observer};
  }

  // As the migrator does it.
  absl::StatusOr<migrator::backup::Manifest> Create(
      const migrator::backup::NewBackup& wanted = {}) {
    return Create(Job(), wanted);
  }
  absl::StatusOr<migrator::backup::Manifest> Create(
      const migrator::backup::BackupJob& job, const migrator::backup::NewBackup& wanted = {}) {
    db::sqlite::Connection held = app_.Open();
    EXPECT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());
    return migrator::backup::CreateBackup(job, wanted, held);
  }

  std::string PathOf(const migrator::backup::Manifest& manifest) {
    return migrator::backup::BackupPath(Job(), manifest);
  }

  void UseKey(char byte) {
    key_file_ = keys_.File(absl::StrCat("key", static_cast<int>(byte)));
    WriteBytes(key_file_, std::string(32, byte));
    std::filesystem::permissions(key_file_, std::filesystem::perms::owner_read);
  }

  // Everything that was written lies back far enough for its times to be told
  // from later ones.
  void LetTimePass() {
    WaitForLaterTimes(keys_.File("scratch"));
    clock_.Set(clock_.Now() + absl::Seconds(10));
  }

  bool WasNoted(const std::string& beginning) const {
    return std::any_of(app_.observer.notes.begin(), app_.observer.notes.end(),
                       [&](const std::string& note) { return absl::StartsWith(note, beginning); });
  }

  static constexpr char kSchema[] = R"(
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (name <> ''));
CREATE TABLE payments (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users(id), amount INTEGER);
CREATE INDEX payments_user ON payments(user_id);
CREATE TABLE log (what TEXT);
CREATE TRIGGER payments_log AFTER INSERT ON payments BEGIN INSERT INTO log VALUES ('paid'); END;
INSERT INTO users (name) VALUES ('ann'), ('bob'), ('eve');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
  INSERT INTO payments SELECT i, i % 3 + 1, i * 100 FROM n;
)";

  AppDatabase app_;
  TempFolder folder_;
  TempFolder keys_;
  ManualClock clock_;
  std::string key_file_;
  std::string run_id_ = "run1";
};

}  // namespace daybook::testing
