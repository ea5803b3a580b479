#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migrator::sqlite {

// How SQLite spells what both engines share, or what was written for it.
const std::string& SqlOf(const migration::v1::SqlText& text);

// The condition that a CHECK for `check` has, over the columns of a row. It is
// never NULL where a rule was declared, and guards what SQL lets through: values
// of another type, NUL bytes, infinities.
//
// INVALID_ARGUMENT where the declaration makes no sense.
absl::StatusOr<std::string> CheckCondition(const migration::v1::AddCheck& check);

// The column that a compare rule compares with.
const std::string& ComparedColumn(const migration::v1::CompareRule& rule);

// SQL for the value that is nearest to what the column holds and meets the
// check's bounds; the value itself where it is no number. INVALID_ARGUMENT where
// the check has no bounds.
absl::StatusOr<std::string> ClampedValue(const migration::v1::AddCheck& check);

}  // namespace daybook::migrator::sqlite
