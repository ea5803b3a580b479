#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

struct sqlite3;

namespace daybook::db::sqlite {

// Keeps statements of others, while it lives, to the tables of the main database:
// what would end the transaction, reach another file, change settings, make
// temporary objects or touch a protected table is refused when prepared.
//
// Thread-compatible, together with its connection.
class Confinement {
 public:
  using IsProtected = absl::FunctionRef<bool(absl::string_view table)>;

  // Both must outlive it; no other authorizer may be set.
  Confinement(sqlite3* db, IsProtected is_protected);
  Confinement(const Confinement&) = delete;
  Confinement& operator=(const Confinement&) = delete;
  ~Confinement();

  // To be called before each statement is prepared.
  void NextStatement();

  // What was refused, as "COMMIT" or "a write to t"; "" where nothing was.
  const std::string& refused() const { return refused_; }

 private:
  static int Authorize(void* self, int action, const char* first, const char* second,
                       const char* database, const char* trigger);
  std::string Refuse(int action, const std::string& first, const std::string& second);
  std::string RefuseWrite(const std::string& table) const;

  sqlite3* const db_;
  const IsProtected is_protected_;
  bool changes_tables_ = false;  // the statement drops or alters a table
  std::string refused_;
};

}  // namespace daybook::db::sqlite
