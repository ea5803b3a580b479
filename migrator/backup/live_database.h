#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"

namespace daybook::migrator::backup {

// The database that another is about to replace, held so that nobody writes
// it. It leaves WAL mode meanwhile, which nobody else who has it open lets
// happen, and goes back to it unless it was replaced.
//
// Thread-compatible.
class LiveDatabase {
 public:
  // Holds the database at `path` by BEGIN IMMEDIATE. A Failure of kServiceLive
  // where anybody else has it open, as far as that can be known; DATA_LOSS where
  // it is damaged.
  static absl::StatusOr<LiveDatabase> Hold(const std::string& path);

  LiveDatabase(LiveDatabase&& other) noexcept
      : database_(std::exchange(other.database_, std::nullopt)),
        was_wal_(other.was_wal_),
        version_(other.version_) {}
  LiveDatabase& operator=(LiveDatabase&&) = delete;
  ~LiveDatabase();

  // Inside the transaction.
  db::sqlite::Connection& connection() { return *database_; }

  bool was_in_wal_mode() const { return was_wal_; }

  // Keeps readers out too, from here to the end of this object. A Failure of
  // kServiceLive where somebody reads, or has written in between.
  absl::Status HoldAlone();

  // Another file has its place: nothing of it is given back.
  void Forget() { was_wal_ = false; }

 private:
  LiveDatabase(db::sqlite::Connection database, bool was_wal)
      : database_(std::move(database)), was_wal_(was_wal) {}
  absl::Status Begin();

  std::optional<db::sqlite::Connection> database_;
  bool was_wal_;
  int64_t version_ = 0;  // changes with every commit of others
};

}  // namespace daybook::migrator::backup
