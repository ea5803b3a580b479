#include "migrator/sqlite/row.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/hash.h"
#include "migrator/sqlite/fingerprint.h"
#include "migrator/sqltext/name.h"
#include "schema/utf8.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::migration::v1::Cell;

void SetText(absl::string_view text, Cell& cell) {
  std::string bytes(text);
  if (schema::CountCharacters(bytes)) {
    cell.set_text(std::move(bytes));
  } else {
    cell.set_raw_text(std::move(bytes));
  }
}

std::string RealText(double value) { return absl::StrFormat("%.17g", value); }

void SetValue(const Statement& statement, int column, Cell& cell) {
  switch (statement.Type(column)) {
    case ValueType::kNull:
      return;
    case ValueType::kInteger:
      return cell.set_integer(statement.Integer(column));
    case ValueType::kReal:
      return cell.set_real(RealText(statement.Real(column)));
    case ValueType::kText:
      return SetText(statement.Bytes(column), cell);
    case ValueType::kBlob:
      return cell.set_blob(statement.Text(column));
  }
}

}  // namespace

Row ReadRow(const Statement& statement, const TableShape& shape, const RowList& list) {
  Row row;
  if (list.rowid >= 0) row.set_rowid(statement.Integer(list.rowid));
  int at = list.first;
  for (const std::string& column : shape.columns) {
    Cell& cell = *row.add_cell();
    cell.set_column(column);
    SetValue(statement, at++, cell);
  }
  return row;
}

std::vector<std::string> ColumnsOf(const Row& row) {
  std::vector<std::string> columns;
  columns.reserve(static_cast<size_t>(row.cell_size()));
  for (const Cell& cell : row.cell()) columns.push_back(cell.column());
  return columns;
}

void BindCell(const Cell& cell, int parameter, Statement& statement) {
  switch (cell.value_case()) {
    case Cell::VALUE_NOT_SET:
      return statement.BindNull(parameter);
    case Cell::kInteger:
      return statement.BindInteger(parameter, cell.integer());
    case Cell::kReal:
      return statement.BindReal(parameter, RealOf(cell));
    case Cell::kText:
      return statement.BindText(parameter, cell.text());
    case Cell::kRawText:
      return statement.BindText(parameter, cell.raw_text());
    case Cell::kBlob:
      return statement.BindBlob(parameter, cell.blob());
  }
}

void BindCells(const std::vector<Cell>& cells, Statement& statement) {
  for (size_t i = 0; i < cells.size(); ++i) BindCell(cells[i], static_cast<int>(i) + 1, statement);
}

double RealOf(const Cell& cell) {
  double value = 0;
  // What RealText wrote can be read.
  static_cast<void>(absl::SimpleAtod(cell.real(), &value));
  return value;
}

std::string ToJson(const google::protobuf::Message& message) {
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  // Fails only for messages with types that these do not use.
  const auto never = google::protobuf::util::MessageToJsonString(message, &json, options);
  static_cast<void>(never);
  return json;
}

absl::Status FromJson(const std::string& json, google::protobuf::Message* message) {
  if (google::protobuf::util::JsonStringToMessage(json, message).ok()) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         "a record of the migrator is not readable");
}

std::string HashOf(const Row& row) {
  RowBytes bytes;
  AppendRow(row, ColumnsOf(row), bytes);
  return ledger::ToHex(ledger::Sha256(bytes.bytes()));
}

std::string WhereKey(const TableShape& shape) {
  std::vector<std::string> terms;
  for (const std::string& sql : shape.Identity()) {
    terms.push_back(absl::StrCat(sql, " IS ?", terms.size() + 1));
  }
  return terms.empty() ? "0" : absl::StrJoin(terms, " AND ");
}

std::vector<Cell> KeyOf(const Row& row, const TableShape& shape) {
  std::vector<Cell> key;
  if (!shape.rowid.empty()) {
    key.emplace_back().set_integer(row.rowid());
    return key;
  }
  for (const std::string& column : shape.key) {
    const auto found = std::find_if(row.cell().begin(), row.cell().end(), [&](const Cell& cell) {
      return sqltext::SameName(cell.column(), column);
    });
    key.push_back(found == row.cell().end() ? Cell() : *found);
  }
  return key;
}

}  // namespace daybook::migrator::sqlite
