#include "daybook/importer/skipped_rows.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "schema/utf8.h"
#include "telemetry/log.h"

namespace daybook::cli::importer {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::ValueType;
using ::daybook::telemetry::JsonQuoted;

std::string JsonOf(const Cell& cell) {
  const bool is_legible = schema::CountCharacters(cell.bytes).has_value();
  switch (cell.type) {
    case ValueType::kNull:
      return "null";
    case ValueType::kInteger:
      return absl::StrCat(cell.integer);
    case ValueType::kReal:
      // Infinities have no place in JSON, and SQLite has no NaN.
      return std::isfinite(cell.real) ? absl::StrFormat("%.17g", cell.real)
                                      : JsonQuoted(absl::StrCat(cell.real));
    case ValueType::kText:
      if (is_legible) return JsonQuoted(cell.bytes);
      break;
    case ValueType::kBlob:
      break;
  }
  return absl::StrCat("{\"base64\":", JsonQuoted(absl::Base64Escape(cell.bytes)), "}");
}

// Whether `whole` begins with all of `part`.
absl::StatusOr<bool> BeginsWith(const std::string& whole, const std::string& part) {
  std::ifstream a(whole, std::ios::binary);
  std::ifstream b(part, std::ios::binary);
  if (!a || !b) return absl::FailedPreconditionError(absl::StrCat(part, " cannot be read"));
  using Bytes = std::istreambuf_iterator<char>;
  return std::mismatch(Bytes(b), Bytes(), Bytes(a), Bytes()).first == Bytes();
}

}  // namespace

std::string LineOf(const SourceRow& row, const std::vector<Problem>& problems) {
  const std::string told =
      absl::StrJoin(problems, ",", [](std::string* out, const Problem& problem) {
        absl::StrAppend(out, "{\"column\":", JsonQuoted(problem.column),
                        ",\"problem\":", JsonQuoted(problem.description), "}");
      });
  std::string line =
      absl::StrCat("{\"id\":", row.id, ",\"problems\":[", told, "],\"row\":{\"id\":", row.id);
  for (size_t i = 0; i < kColumns; ++i) {
    if (row.cells[i].type == ValueType::kNull) continue;
    absl::StrAppend(&line, ",\"", kColumnNames[i], "\":", JsonOf(row.cells[i]));
  }
  return absl::StrCat(line, "}}");
}

SkippedRows::SkippedRows(const std::string& path)
    : path_(path), file_(path + ".new", std::ios::binary | std::ios::trunc) {}

absl::Status SkippedRows::WriteError() const {
  return absl::FailedPreconditionError(absl::StrCat(unfinished(), " cannot be written"));
}

absl::StatusOr<SkippedRows> SkippedRows::Begin(const std::string& path) {
  std::error_code ignored;
  if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored)) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is no plain file"));
  }
  SkippedRows skipped(path);
  if (!skipped.file_) return skipped.WriteError();
  return skipped;
}

void SkippedRows::Add(const SourceRow& row, const std::vector<Problem>& problems) {
  file_ << LineOf(row, problems) << '\n';
  ids_.insert(row.id);
}

absl::Status SkippedRows::Finish() {
  file_.close();
  if (!file_) return WriteError();
  std::error_code ignored;
  if (fs::exists(path_, ignored)) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool continues, BeginsWith(unfinished(), path_));
    if (!continues) {
      std::remove(unfinished().c_str());
      return absl::FailedPreconditionError(absl::StrCat(
          path_, " is there already and holds something else; name another file, or move it away"));
    }
  }
  return db::sqlite::ReplaceDurably(unfinished(), path_);
}

}  // namespace daybook::cli::importer
