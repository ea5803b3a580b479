#include "migrator/migration/lint.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "migrator/migration/rule.h"
#include "migrator/migration/subject.h"

namespace daybook::migration {
namespace {

std::vector<Rule> AllRules() {
  std::vector<Rule> all;
  for (const std::span<const Rule> rules :
       {RequiredRules(), ValueRules(), NameRules(), PolicyRules(), ChangeRules(), ColumnRules(),
        SqlRules(), StatementRules()}) {
    all.insert(all.end(), rules.begin(), rules.end());
  }
  return all;
}

Finding FindingOf(const Rule& rule, const Place& place, absl::string_view problem) {
  return {.severity = rule.severity,
          .id = std::string(rule.id),
          .file = place.file->file_name,
          .step = place.step,
          .message = absl::StrCat(place.path, place.path.empty() ? "" : ": ", problem),
          .help = std::string(rule.help)};
}

}  // namespace

std::vector<Finding> Lint(const MigrationSet& set) { return Lint(set.files()); }

std::vector<Finding> Lint(std::span<const MigrationFile> files) {
  const Subject subject(files);
  // Files in order: their addresses ascend.
  std::vector<std::pair<const MigrationFile*, Finding>> found;
  for (const Rule& rule : AllRules()) {
    rule.judge(subject, [&](const Place& place, absl::string_view problem) {
      found.emplace_back(place.file, FindingOf(rule, place, problem));
    });
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.step) < std::pair(b.first, b.second.step);
  });
  std::vector<Finding> findings;
  findings.reserve(found.size());
  for (auto& [file, finding] : found) findings.push_back(std::move(finding));
  return findings;
}

std::vector<LintRule> LintRules() {
  std::vector<LintRule> rules;
  for (const Rule& rule : AllRules()) {
    rules.push_back(
        {.severity = rule.severity, .id = std::string(rule.id), .help = std::string(rule.help)});
  }
  return rules;
}

}  // namespace daybook::migration
