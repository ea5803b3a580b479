#pragma once

#include <deque>
#include <span>
#include <vector>

#include "migrator/migration/migration_file.h"
#include "migrator/migration/place.h"
#include "migrator/migration/sql_piece.h"

namespace daybook::migration {

// A message of type T, and where it stands.
template <typename T>
struct Found {
  const Place& place;
  const T& message;
};

// What rules judge: every message of some migrations, and the SQL in them.
//
// Immutable.
class Subject {
 public:
  // `files` must outlive it.
  explicit Subject(std::span<const MigrationFile> files);
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;

  std::span<const MigrationFile> files() const { return files_; }

  // Migration by migration, each message before those in it, those in the order
  // in which the contract numbers them.
  const std::deque<Place>& places() const { return places_; }

  // In the same order.
  const std::vector<SqlPiece>& sql() const { return sql_; }

  // The messages of type T.
  template <typename T>
  std::vector<Found<T>> Of() const {
    std::vector<Found<T>> found;
    for (const Place& place : places_) {
      if (const T* message = As<T>(place)) found.push_back({place, *message});
    }
    return found;
  }

 private:
  void AddAll(const MigrationFile& file);

  const std::span<const MigrationFile> files_;
  std::deque<Place> places_;
  std::vector<SqlPiece> sql_;
};

}  // namespace daybook::migration
