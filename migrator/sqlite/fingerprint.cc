#include "migrator/sqlite/fingerprint.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "ledger/hash.h"
#include "migrator/sqlite/row.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::migration::v1::Cell;

constexpr char kNoRowid = 0x00;
constexpr char kRowid = 0x01;

constexpr char kNull = 0x00;
constexpr char kInteger = 0x01;
constexpr char kReal = 0x02;
constexpr char kText = 0x03;
constexpr char kBlob = 0x04;

uint64_t ReadBigEndian(const uint8_t* bytes) {
  uint64_t word = 0;
  for (int i = 0; i < 8; ++i) word = word << 8 | bytes[i];
  return word;
}

std::array<uint64_t, 4> WordsOf(const ledger::Hash& hash) {
  std::array<uint64_t, 4> words;
  for (size_t i = 0; i < words.size(); ++i) words[i] = ReadBigEndian(&hash[24 - 8 * i]);
  return words;
}

const Cell* FindCell(const migration::v1::Row& row, const std::string& column) {
  const auto found = std::find_if(row.cell().begin(), row.cell().end(), [&](const Cell& cell) {
    return sqltext::SameName(cell.column(), column);
  });
  return found == row.cell().end() ? nullptr : &*found;
}

}  // namespace

void Fingerprint::Add(const Sum& sum) {
  uint64_t carry = 0;
  for (size_t i = 0; i < sum_.size(); ++i) {
    const uint64_t with_carry = sum[i] + carry;
    sum_[i] += with_carry;
    carry = static_cast<uint64_t>(with_carry < carry || sum_[i] < with_carry);
  }
}

void Fingerprint::Add(absl::string_view row) {
  ++rows_;
  Add(WordsOf(ledger::Sha256(row)));
}

void Fingerprint::Subtract(absl::string_view row) {
  --rows_;
  // Adding the two's complement.
  Sum negative = WordsOf(ledger::Sha256(row));
  for (uint64_t& word : negative) word = ~word;
  Add(negative);
  Add(Sum{1, 0, 0, 0});
}

void Fingerprint::Add(const Fingerprint& other) {
  rows_ += other.rows_;
  Add(other.sum_);
}

std::string Fingerprint::ToString() const {
  return absl::StrCat("v1:", rows_, ":", absl::Hex(sum_[3], absl::kZeroPad16),
                      absl::Hex(sum_[2], absl::kZeroPad16), absl::Hex(sum_[1], absl::kZeroPad16),
                      absl::Hex(sum_[0], absl::kZeroPad16));
}

void RowBytes::Begin() { bytes_.assign(1, kNoRowid); }

void RowBytes::Begin(int64_t rowid) {
  bytes_.clear();
  AppendWord(kRowid, static_cast<uint64_t>(rowid));
}

void RowBytes::AppendWord(char tag, uint64_t word) {
  std::array<char, 9> bytes;
  bytes[0] = tag;
  for (size_t i = 8; i > 0; --i, word >>= 8) bytes[i] = static_cast<char>(word);
  bytes_.append(bytes.data(), bytes.size());
}

void RowBytes::AppendSized(char tag, absl::string_view text) {
  AppendWord(tag, text.size());
  bytes_.append(text.data(), text.size());
}

void RowBytes::Append(const Statement& statement, int column) {
  switch (statement.Type(column)) {
    case ValueType::kNull:
      bytes_.push_back(kNull);
      return;
    case ValueType::kInteger:
      return AppendWord(kInteger, static_cast<uint64_t>(statement.Integer(column)));
    case ValueType::kReal:
      return AppendWord(kReal, std::bit_cast<uint64_t>(statement.Real(column)));
    case ValueType::kText:
      return AppendSized(kText, statement.Bytes(column));
    case ValueType::kBlob:
      return AppendSized(kBlob, statement.Bytes(column));
  }
}

void RowBytes::Append(const Cell& cell) {
  switch (cell.value_case()) {
    case Cell::VALUE_NOT_SET:
      bytes_.push_back(kNull);
      return;
    case Cell::kInteger:
      return AppendWord(kInteger, static_cast<uint64_t>(cell.integer()));
    case Cell::kReal:
      return AppendWord(kReal, std::bit_cast<uint64_t>(RealOf(cell)));
    case Cell::kText:
      return AppendSized(kText, cell.text());
    case Cell::kRawText:
      return AppendSized(kText, cell.raw_text());
    case Cell::kBlob:
      return AppendSized(kBlob, cell.blob());
  }
}

absl::StatusOr<Fingerprint> FingerprintOf(Connection& database, const TableShape& shape,
                                          const std::vector<std::string>& columns,
                                          RowProgress* progress) {
  const RowList list = ListRow(shape, columns);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(absl::StrCat(
                                                 "SELECT ", list.sql, " FROM ",
                                                 sqltext::QuoteName(shape.name), " NOT INDEXED")));
  const int end = list.first + static_cast<int>(columns.size());
  Fingerprint fingerprint;
  RowBytes row;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return fingerprint;
    if (list.rowid < 0) {
      row.Begin();
    } else {
      row.Begin(select.Integer(list.rowid));
    }
    for (int column = list.first; column < end; ++column) row.Append(select, column);
    fingerprint.Add(row.bytes());
    if (progress != nullptr) progress->Add();
  }
}

void AppendRow(const migration::v1::Row& row, const std::vector<std::string>& columns,
               RowBytes& bytes) {
  if (row.has_rowid()) {
    bytes.Begin(row.rowid());
  } else {
    bytes.Begin();
  }
  for (const std::string& column : columns) {
    const Cell* const cell = FindCell(row, column);
    bytes.Append(cell != nullptr ? *cell : Cell());
  }
}

}  // namespace daybook::migrator::sqlite
