#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "migrator/sqlite/step_work.h"

namespace daybook::migrator::sqlite {

// How SQLite spells what migrations declare.

// "CONSTRAINT … CHECK (…)". INVALID_ARGUMENT where it makes no sense.
absl::StatusOr<std::string> CheckSql(const migration::v1::AddCheck& check);

// The check that comes with the type of a column of `table`: a boolean, JSON or an
// enum. INVALID_ARGUMENT where its enum is not declared.
absl::StatusOr<std::optional<migration::v1::AddCheck>> TypeCheck(
    const std::string& table, const migration::v1::NewColumn& column, const Enums& enums);

// A column of `table`, with its default, NOT NULL and what its type asks to be
// checked. INVALID_ARGUMENT where its type is unknown.
absl::StatusOr<std::string> ColumnSql(const std::string& table,
                                      const migration::v1::NewColumn& column, bool strict,
                                      const Enums& enums);

absl::StatusOr<std::string> CreateTableSql(const migration::v1::CreateTable& create,
                                           const Enums& enums);

std::string CreateIndexSql(const migration::v1::CreateIndex& index);

std::string ForeignKeySql(const migration::v1::AddForeignKey& key);

}  // namespace daybook::migrator::sqlite
