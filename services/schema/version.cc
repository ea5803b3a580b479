#include "schema/version.h"

#include "absl/strings/str_cat.h"

#include "daybook/schema/v1/rules.pb.h"
#include "daybook/schema/v1/schema_version.pb.h"

namespace daybook::schema {

std::vector<StoreMigration> StoreMigrations() {
  std::vector<StoreMigration> migrations;
  const auto& versions = *v1::SchemaVersion_descriptor();
  for (int i = 0; i < versions.value_count(); ++i) {
    const auto& value = *versions.value(i);
    if (!value.options().HasExtension(v1::migration)) continue;
    const v1::StoreMigration& declared = value.options().GetExtension(v1::migration);
    migrations.push_back(
        {.version = value.number(), .name = declared.name(), .suits_from = declared.suits_from()});
  }
  return migrations;
}

int NewestVersion() { return v1::SchemaVersion_MAX; }

std::string ServedVersions() { return absl::StrCat(kOldestServedVersion, " to ", NewestVersion()); }

Fit FitOf(const StoredVersion& stored) {
  if (stored.version < kOldestServedVersion) return Fit::kStoreTooOld;
  if (stored.version > NewestVersion() && stored.suits_from > NewestVersion()) {
    return Fit::kStoreTooNew;
  }
  return Fit::kServes;
}

}  // namespace daybook::schema
