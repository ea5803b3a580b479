#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/record.pb.h"
#include "db/sqlite/statement.h"
#include "migrator/sqlite/table_shape.h"

namespace daybook::migrator::sqlite {

using Row = migration::v1::Row;

// Rows of a table as they are kept: whole, typed, and readable as JSON.

// The row that `statement` stands on; its list begins with `list`, which is of all
// columns of `shape`.
Row ReadRow(const db::sqlite::Statement& statement, const TableShape& shape, const RowList& list);

// The names of its columns, in order.
std::vector<std::string> ColumnsOf(const Row& row);

// Binds a value. It must outlive the steps that follow.
void BindCell(const migration::v1::Cell& cell, int parameter, db::sqlite::Statement& statement);

// Binds values to the first parameters, in order, likewise.
void BindCells(const std::vector<migration::v1::Cell>& cells, db::sqlite::Statement& statement);

// The value of a cell that is a floating point number.
double RealOf(const migration::v1::Cell& cell);

std::string ToJson(const google::protobuf::Message& message);

// DATA_LOSS where it is none of that kind.
absl::Status FromJson(const std::string& json, google::protobuf::Message* message);

// SHA-256 in hex of a row, over all its columns.
std::string HashOf(const Row& row);

// SQL that finds the row in its table, with ?1 … for the values of KeyOf: by
// Identity(). False where nothing tells its rows apart.
std::string WhereKey(const TableShape& shape);

// The values that WhereKey asks for.
std::vector<migration::v1::Cell> KeyOf(const Row& row, const TableShape& shape);

}  // namespace daybook::migrator::sqlite
