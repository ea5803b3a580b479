#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migration {

// A migration as its author wrote it.
//
// Text in it is UTF-8 without U+0000, enums have declared values and numbers
// are finite; everything else is for Lint() to judge.
struct MigrationFile {
  v1::Migration migration;
  std::string file_name;  // of a pair the part for up, the shared one first
  std::string checksum;   // ChecksumOf(migration)
};

// Parses NNNN_name.textproto. INVALID_ARGUMENT where the name is none of that
// form, where `bytes` are no migration, and where NNNN or name are not the
// version and the name in it. The error begins with `file_name`, and line and
// column where the parser stood at the first fault: `0001_x.textproto:3:8: …`,
// columns counted in bytes, a tab as up to 8.
absl::StatusOr<MigrationFile> ParseMigration(absl::string_view file_name, absl::string_view bytes);

// "sha256:" and lower-case hex: what a migration is recognised by once it was
// applied. It covers the fields and nothing of how they were written.
//
// Stable: the hashed bytes are the message in Protobuf's binary format, fields
// in ascending order of their numbers, those without a value left out. A parsed
// migration has none of what makes that format ambiguous (maps, unknown fields,
// extensions, numbers that are not finite), and fields that later versions add
// leave files without them as they are. `protoc --deterministic_output
// --encode=daybook.migration.v1.Migration` writes the same bytes.
std::string ChecksumOf(const v1::Migration& migration);

}  // namespace daybook::migration
