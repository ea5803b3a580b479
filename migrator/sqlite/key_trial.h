#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/probe.h"

namespace daybook::migrator::sqlite {

// What became of a statement that was tried; of one that went in, the row that
// names the parent row it was about.
enum class KeyOutcome {
  kRefused,         // by a foreign key
  kRefusedByOther,  // by another constraint, which says nothing
  kNoRow,           // there was none to write
  kUnmet,           // let in, for the end of the transaction to refuse
  kKept,            // the row is as it was
  kGone,
  kNull,
  kDefault,
  kFollowed,  // it names what its parent row is called now
};

// A foreign key as it is in a database.
struct KeyInPlace {
  ForeignKey key;
  std::string deferrable = {};  // as it is written
  bool is_deferred = false;
};

// A row of the child that names a row of the parent.
struct KeyPair {
  std::string child;     // the table, quoted
  std::string parent;    // likewise
  std::string this_one;  // SQL over a row of the child: true for it
  std::string named;     // SQL over a row of the parent: true for the one it names
};

// Tries what a foreign key is about, each time taking it back, and judges by what
// the key says. In a transaction with foreign keys on.
//
// Thread-compatible.
class KeyTrial {
 public:
  // All must outlive it.
  KeyTrial(db::sqlite::Connection& database, const KeyInPlace& subject, const KeyPair& pair,
           ProbeResult& result)
      : database_(database), subject_(subject), pair_(pair), result_(result) {}

  // The row names `absent`, an SQL literal that no row of the parent has.
  absl::Status NameNobody(const std::string& absent);
  // The row that is named goes, or is called `changed`.
  absl::Status DeleteNamed();
  absl::Status ChangeNamed(const std::string& changed);
  // A row of the parent that nobody names goes: the one that meets `unnamed`.
  absl::Status DeleteUnnamed(const std::string& unnamed);

 private:
  absl::StatusOr<KeyOutcome> Try(const std::string& sql, const std::string& changed);
  absl::StatusOr<KeyOutcome> Look(const std::string& changed);
  KeyOutcome Refusing() const;
  KeyOutcome Expected(const std::string& action) const;
  void Judge(const std::string& what, KeyOutcome expected, KeyOutcome outcome);

  db::sqlite::Connection& database_;
  const KeyInPlace& subject_;
  const KeyPair& pair_;
  ProbeResult& result_;
};

}  // namespace daybook::migrator::sqlite
