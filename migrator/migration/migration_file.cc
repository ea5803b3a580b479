#include "migrator/migration/migration_file.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/text_format.h"
#include "ledger/hash.h"
#include "migrator/migration/file_name.h"
#include "migrator/migration/source_text.h"
#include "schema/utf8.h"

namespace daybook::migration {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using Locations = ::google::protobuf::TextFormat::ParseInfoTree;

constexpr int kMaxNesting = 100;

// The first error of a parse; those behind it follow from it.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(absl::string_view file_name) : file_name_(file_name) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (status_.ok()) status_ = FileError(file_name_, line + 1, column + 1, message);
  }
  absl::Status status() const {
    return status_.ok() ? FileError(file_name_, "is no migration") : status_;
  }

 private:
  const absl::string_view file_name_;
  absl::Status status_;
};

// A message that is still to be looked at, and where its fields were written.
struct Pending {
  const Message* message;
  const Locations* locations;
};

// A value of a field: `index` is -1 where the field is not repeated.
struct Value {
  const Message& message;
  const FieldDescriptor& field;
  int index;
};

std::optional<std::string> BrokenText(const Value& value) {
  const google::protobuf::Reflection& reflection = *value.message.GetReflection();
  std::string scratch;
  const std::string& text =
      value.index < 0 ? reflection.GetStringReference(value.message, &value.field, &scratch)
                      : reflection.GetRepeatedStringReference(value.message, &value.field,
                                                              value.index, &scratch);
  if (!schema::CountCharacters(text)) return "is not UTF-8";
  if (absl::StrContains(text, '\0')) return "contains U+0000, at which databases cut text off";
  return std::nullopt;
}

// What the text parser lets through although no migration may have it.
std::optional<std::string> Broken(const Value& value) {
  const google::protobuf::Reflection& reflection = *value.message.GetReflection();
  if (value.field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return BrokenText(value);
  if (value.field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int number = reflection.GetEnumValue(value.message, &value.field);
    if (value.field.enum_type()->FindValueByNumber(number) != nullptr) return std::nullopt;
    return absl::StrCat(number, " is none of its values");
  }
  if (value.field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE &&
      !std::isfinite(reflection.GetDouble(value.message, &value.field))) {
    return "is not a finite number";
  }
  return std::nullopt;
}

absl::Status CheckField(absl::string_view file_name, const Pending& pending,
                        const FieldDescriptor& field, std::vector<Pending>& rest) {
  const google::protobuf::Reflection& reflection = *pending.message->GetReflection();
  const int size = field.is_repeated() ? reflection.FieldSize(*pending.message, &field) : 1;
  for (int i = 0; i < size; ++i) {
    const int index = field.is_repeated() ? i : -1;
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const Message& child = field.is_repeated()
                                 ? reflection.GetRepeatedMessage(*pending.message, &field, i)
                                 : reflection.GetMessage(*pending.message, &field);
      rest.push_back({&child, pending.locations->GetTreeForNested(&field, index)});
    } else if (const auto broken = Broken({*pending.message, field, index})) {
      const auto at = pending.locations->GetLocation(&field, index);
      return FileError(file_name, at.line + 1, at.column + 1,
                       absl::StrCat(field.name(), ": ", *broken));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckValues(absl::string_view file_name, const v1::Migration& migration,
                         const Locations& locations) {
  std::vector<Pending> rest = {{&migration, &locations}};
  while (!rest.empty()) {
    const Pending pending = rest.back();
    rest.pop_back();
    std::vector<const FieldDescriptor*> fields;
    pending.message->GetReflection()->ListFields(*pending.message, &fields);
    for (const FieldDescriptor* field : fields) {
      DAYBOOK_RETURN_IF_ERROR(CheckField(file_name, pending, *field, rest));
    }
  }
  return absl::OkStatus();
}

// The file's name and what it holds must agree, so that neither can be changed
// alone.
absl::Status CheckName(absl::string_view file_name, const FileName& parsed,
                       const v1::Migration& migration, const Locations& locations) {
  const auto error = [&](const char* field, absl::string_view found, absl::string_view expected) {
    const auto at = locations.GetLocation(v1::Migration::descriptor()->FindFieldByName(field), -1);
    return FileError(file_name, std::max(at.line, 0) + 1, std::max(at.column, 0) + 1,
                     absl::StrCat(field, " is ", found, ", but the file's name says ", expected,
                                  "; make them agree"));
  };
  if (migration.version() != parsed.version) {
    return error("version", absl::StrCat(migration.version()), absl::StrCat(parsed.version));
  }
  if (migration.name() != parsed.name) {
    return error("name", absl::StrCat("\"", migration.name(), "\""),
                 absl::StrCat("\"", parsed.name, "\""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MigrationFile> ParseMigration(absl::string_view file_name, absl::string_view bytes) {
  DAYBOOK_ASSIGN_OR_RETURN(const FileName parsed, ParseFileName(file_name));
  if (parsed.part != FileName::Part::kDeclaration) {
    return FileError(file_name, "is part of a pair of SQL files, not a declaration");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view text, SourceText(file_name, bytes));
  FirstError error(file_name);
  Locations locations;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&locations);
  parser.SetRecursionLimit(kMaxNesting);
  MigrationFile file;
  if (!parser.ParseFromString(std::string(text), &file.migration)) return error.status();
  DAYBOOK_RETURN_IF_ERROR(CheckName(file_name, parsed, file.migration, locations));
  DAYBOOK_RETURN_IF_ERROR(CheckValues(file_name, file.migration, locations));
  file.file_name = std::string(file_name);
  file.checksum = ChecksumOf(file.migration);
  return file;
}

std::string ChecksumOf(const v1::Migration& migration) {
  std::string bytes;
  {
    google::protobuf::io::StringOutputStream out(&bytes);
    google::protobuf::io::CodedOutputStream coded(&out);
    coded.SetSerializationDeterministic(true);
    migration.SerializeToCodedStream(&coded);
  }
  return absl::StrCat("sha256:", ledger::ToHex(ledger::Sha256(bytes)));
}

}  // namespace daybook::migration
