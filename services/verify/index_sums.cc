#include "verify/index_sums.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/whole_rows.h"
#include "schema/event_table.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::ValueType;
using ::daybook::db::sqlite::WholeRows;

constexpr uint64_t kEntriesBetweenLooks = 1'024;

constexpr uint64_t kOdd = 0x9e3779b97f4a7c15;
constexpr uint64_t kOtherOdd = 0xd6e8feb86659fd93;

// Two words into one, such that whoever does not know `a` cannot aim at the result.
uint64_t Mix(uint64_t a, uint64_t b) {
  const absl::uint128 product = absl::uint128(a ^ kOdd) * (b ^ kOtherOdd);
  return absl::Uint128Low64(product) ^ absl::Uint128High64(product);
}

uint64_t HashBytes(uint64_t hash, absl::string_view bytes) {
  hash = Mix(hash, bytes.size() + kOdd);
  for (; bytes.size() >= sizeof(uint64_t); bytes.remove_prefix(sizeof(uint64_t))) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    hash = Mix(hash ^ word, kOdd);
  }
  uint64_t word = 0;
  // What is empty may have no address.
  if (!bytes.empty()) std::memcpy(&word, bytes.data(), bytes.size());
  return Mix(hash ^ word, kOdd);
}

// A value with its type: of the same bytes text is not a blob.
uint64_t HashCell(uint64_t hash, const Cell& cell) {
  hash += static_cast<uint64_t>(cell.type) + 1;
  switch (cell.type) {
    case ValueType::kNull:
    case ValueType::kReal:  // no column has one
      return Mix(hash, 1);
    case ValueType::kInteger:
      return Mix(hash ^ static_cast<uint64_t>(cell.integer), kOdd);
    case ValueType::kText:
    case ValueType::kBlob:
      return HashBytes(hash, cell.bytes);
  }
  return hash;
}

int Rank(ValueType type) {
  switch (type) {
    case ValueType::kNull:
      return 0;
    case ValueType::kInteger:
    case ValueType::kReal:
      return 1;
    case ValueType::kText:
      return 2;
    case ValueType::kBlob:
      return 3;
  }
  return 0;
}

// As SQLite orders values: below 0 where `a` comes first.
int Order(const Cell& a, const Cell& b) {
  if (a.type != b.type) return Rank(a.type) - Rank(b.type);
  if (a.type == ValueType::kInteger) {
    return static_cast<int>(a.integer > b.integer) - static_cast<int>(a.integer < b.integer);
  }
  return a.bytes.compare(b.bytes);
}

// The entry before, for the order of an index.
class LastEntry {
 public:
  // False where `entry` does not come behind the one before.
  bool Follows(std::span<const Cell> entry) {
    int order = -1;
    for (size_t i = 0; i < cells_.size() && order == -1; ++i) {
      const int each = Order(cells_[i], entry[i]);
      if (each < 0) break;
      if (each > 0) return false;
      if (i + 1 == cells_.size()) order = 0;
    }
    Keep(entry);
    return order != 0;
  }

 private:
  void Keep(std::span<const Cell> entry) {
    cells_.assign(entry.begin(), entry.end());
    bytes_.resize(entry.size());
    for (size_t i = 0; i < entry.size(); ++i) {
      bytes_[i].assign(entry[i].bytes.data(), entry[i].bytes.size());
      cells_[i].bytes = bytes_[i];
    }
  }
  std::vector<Cell> cells_;
  std::vector<std::string> bytes_;
};

void ReadCondition(const RowShape& shape, const std::string& where, IndexRules::Rule& rule) {
  const std::vector<std::string> words = absl::StrSplit(where, ' ');
  rule.place = shape.PlaceOf(words[0]);
  if (words[1] == ">=") {
    rule.which = IndexRules::Which::kAtLeast;
    rule.least = std::stoll(words[2]);
  } else if (words[1] == "<>") {
    rule.which = IndexRules::Which::kDiffer;
    rule.other = shape.PlaceOf(words[2]);
  }
}

// Whether the index has a row.
bool Has(const IndexRules::Rule& rule, std::span<const Cell> row) {
  const Cell& cell = row[rule.place];
  switch (rule.which) {
    case IndexRules::Which::kNotNull:
      return cell.type != ValueType::kNull;
    case IndexRules::Which::kAtLeast:
      return cell.integer >= rule.least;
    case IndexRules::Which::kDiffer:
      return cell.integer != row[rule.other].integer;
  }
  return false;
}

}  // namespace

IndexRules::IndexRules(const RowShape& shape) {
  const schema::Table table = schema::TableOf(*audit::v1::Event::descriptor());
  for (const auto& index : table.indexes) Add(shape, table, index, false);
  for (const auto& index : table.sealed_indexes) Add(shape, table, index, true);
}

void IndexRules::Add(const RowShape& shape, const schema::Table& table,
                     const schema::v1::Index& index, bool when_sealed) {
  Rule rule;
  rule.name = index.name();
  rule.when_sealed = when_sealed;
  for (const std::string& column : index.columns()) {
    if (column == "id") continue;
    rule.keys.push_back(shape.PlaceOf(column));
    absl::StrAppend(&rule.columns, column, ", ");
  }
  rule.columns += "id";
  rule.from =
      absl::StrCat("FROM ", table.name, " INDEXED BY ", index.name(), " WHERE ", index.where());
  ReadCondition(shape, index.where(), rule);
  rules_.push_back(std::move(rule));
}

IndexSums::IndexSums(const RowShape& shape, const IndexRules& rules, const Scope& scope)
    : shape_(shape), rules_(rules), scope_(scope), sums_(rules.rules().size()) {}

absl::StatusOr<WholeRows> IndexSums::Entries(const IndexRules::Rule& rule,
                                             Connection& segment) const {
  DAYBOOK_ASSIGN_OR_RETURN(
      WholeRows entries,
      WholeRows::Select(segment, rule.columns, absl::StrCat(rule.from, " AND id < ?1")));
  entries.BindInteger(1, scope_.end);
  return entries;
}

uint64_t IndexSums::HashOf(const IndexRules::Rule& rule, std::span<const Cell> row) const {
  uint64_t hash = scope_.key;
  for (const size_t place : rule.keys) hash = HashCell(hash, row[place]);
  return HashCell(hash, row[shape_.at().id]);
}

void IndexSums::Add(std::span<const Cell> row) {
  if (row[shape_.at().id].integer >= scope_.end) return;
  for (size_t i = 0; i < sums_.size(); ++i) {
    const IndexRules::Rule& rule = rules_.rules()[i];
    if (!IsThere(rule) || !Has(rule, row)) continue;
    ++sums_[i].entries;
    sums_[i].hash += HashOf(rule, row);
  }
}

absl::Status IndexSums::Compare(Connection& segment, const std::string& file,
                                const Advance& advance, Findings& findings) const {
  for (size_t i = 0; i < sums_.size(); ++i) {
    const IndexRules::Rule& rule = rules_.rules()[i];
    if (!IsThere(rule)) continue;
    DAYBOOK_RETURN_IF_ERROR(Compare(rule, sums_[i], segment, file, advance, findings));
  }
  return absl::OkStatus();
}

absl::Status IndexSums::Compare(const IndexRules::Rule& rule, const Sum& rows, Connection& segment,
                                const std::string& file, const Advance& advance,
                                Findings& findings) const {
  DAYBOOK_ASSIGN_OR_RETURN(WholeRows entries, Entries(rule, segment));
  Sum found;
  LastEntry last;
  bool in_order = true;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_entry, entries.Step());
    if (!has_entry) break;
    ++found.entries;
    found.hash += HashOf(entries.cells());
    in_order = last.Follows(entries.cells()) && in_order;
    if (found.entries % kEntriesBetweenLooks == 0) DAYBOOK_RETURN_IF_ERROR(Tell(advance, 0));
  }
  if (found.entries == rows.entries && found.hash == rows.hash) {
    if (!in_order)
      findings.Add(Fault::kIndexMismatch, absl::StrCat(file, ": ", rule.name, " is not in order"));
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> first, FirstDifference(rule, segment));
  findings.Add({.fault = Fault::kIndexMismatch,
                .first_seq = first,
                .last_seq = first,
                .what = absl::StrCat(file, ": ", rule.name, " has ", found.entries,
                                     " entries, the rows ", rows.entries)});
  return absl::OkStatus();
}

uint64_t IndexSums::HashOf(std::span<const Cell> entry) const {
  uint64_t hash = scope_.key;
  for (const Cell& cell : entry) hash = HashCell(hash, cell);
  return hash;
}

absl::Status IndexSums::AddRows(const IndexRules::Rule& rule, Connection& segment,
                                Differences& differences) const {
  DAYBOOK_ASSIGN_OR_RETURN(WholeRows rows, shape_.Select(segment));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, rows.Step());
    if (!has_row) return absl::OkStatus();
    const std::span<const Cell> row = rows.cells();
    if (row[shape_.at().id].integer >= scope_.end || !Has(rule, row)) continue;
    differences[static_cast<uint64_t>(row[shape_.at().id].integer)] += HashOf(rule, row);
  }
}

absl::Status IndexSums::TakeEntries(const IndexRules::Rule& rule, Connection& segment,
                                    Differences& differences) const {
  DAYBOOK_ASSIGN_OR_RETURN(WholeRows entries, Entries(rule, segment));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_entry, entries.Step());
    if (!has_entry) return absl::OkStatus();
    const std::span<const Cell> entry = entries.cells();
    differences[static_cast<uint64_t>(entry.back().integer)] -= HashOf(entry);
  }
}

// The lowest id of which the index and the rows say different things.
absl::StatusOr<std::optional<uint64_t>> IndexSums::FirstDifference(const IndexRules::Rule& rule,
                                                                   Connection& segment) const {
  Differences differences;
  DAYBOOK_RETURN_IF_ERROR(AddRows(rule, segment, differences));
  DAYBOOK_RETURN_IF_ERROR(TakeEntries(rule, segment, differences));
  const auto first = std::find_if(differences.begin(), differences.end(),
                                  [](const auto& each) { return each.second != 0; });
  if (first == differences.end()) return std::nullopt;
  return first->first;
}

}  // namespace daybook::verify
