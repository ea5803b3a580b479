#include "db/sqlite/guard.h"

#include <sqlite3.h>

#include <string>

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::db::sqlite {
namespace {

constexpr int kPrimaryCodeMask = 0xff;

absl::Status ConstraintError(int extended_code, const std::string& what) {
  switch (extended_code) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
      return absl::AlreadyExistsError(what);
    default:
      return absl::FailedPreconditionError(what);
  }
}

absl::Status IoError(int extended_code, const std::string& what) {
  switch (extended_code) {
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA:
      return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
    case SQLITE_IOERR_SHMSIZE:  // no space for the -shm file
      return ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, what);
    default:
      return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, what);
  }
}

}  // namespace

absl::Status ErrorFrom(const SQLite::Exception& exception, absl::string_view doing) {
  const int extended_code = exception.getExtendedErrorCode();
  const std::string what = absl::StrCat(doing, ": ", exception.what());
  switch (exception.getErrorCode() & kPrimaryCodeMask) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:  // of a file that is there: no descriptors, no permission
      return ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kStoreUnavailable, what);
    case SQLITE_IOERR:
      return IoError(extended_code, what);
    case SQLITE_FULL:
      return ErrorWithReason(
          absl::StatusCode::kResourceExhausted, Reason::kStoreFull,
          absl::StrCat(what, "; free space on the disk, writing resumes by itself"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kStoreReadOnly, what);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
    case SQLITE_INTERRUPT:
      return ErrorWithReason(absl::StatusCode::kCancelled, Reason::kCancelled, what);
    case SQLITE_CONSTRAINT:
      return ConstraintError(extended_code, what);
    default:
      return absl::InternalError(what);
  }
}

}  // namespace daybook::db::sqlite
