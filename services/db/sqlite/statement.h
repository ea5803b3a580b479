#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace SQLite {
class Statement;
}  // namespace SQLite

namespace daybook::db::sqlite {

// A prepared statement. Parameters count from 1, columns from 0.
//
// Thread-compatible, together with its connection.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Text and blobs are not copied: they must outlive the steps that follow. A
  // bind that fails is reported by the next Step or Run.
  void BindInteger(int parameter, int64_t value);
  void BindText(int parameter, const std::string& value);
  void BindBlob(int parameter, absl::string_view value);
  void BindNull(int parameter);

  // Goes to the next row; false where there is none.
  absl::StatusOr<bool> Step();

  // Steps through to the end, then resets.
  absl::Status Run();

  // Makes it ready to run again; parameters keep their values.
  void Reset();

  // Columns of the row it stands on. Views live until the next Step or Reset.
  bool IsNull(int column) const;
  int64_t Integer(int column) const;
  absl::string_view Bytes(int column) const;  // of text or a blob
  std::string Text(int column) const;

 private:
  friend class Connection;
  explicit Statement(std::unique_ptr<SQLite::Statement> statement);

  std::unique_ptr<SQLite::Statement> statement_;
  absl::Status bind_error_;
};

}  // namespace daybook::db::sqlite
