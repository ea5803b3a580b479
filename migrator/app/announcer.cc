#include "migrator/app/announcer.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

#include "core/status_macros.h"
#include "migrator/backup/names.h"
#include "spool/spool_folder.h"

namespace daybook::migrator::app {
namespace {

using Kind = spool::MigrationEvent::Kind;

// How long hooks hear nothing of work under way.
constexpr absl::Duration kBetweenMentions = absl::Seconds(10);

// In the order of time, and no two alike: 38 characters.
std::string SpoolName(absl::Time at, const std::string& run_id, int number) {
  const std::string time = absl::FormatTime("%Y%m%d%H%M%E3S", at, absl::UTCTimeZone());
  return absl::StrFormat("%s-%s-%03d", absl::StrReplaceAll(time, {{".", ""}}), run_id, number);
}

Report::Fields FieldsAbout(const Undertaking& what) {
  return {{"version", absl::StrCat(what.version)},
          {"name", what.name},
          {"direction", what.kind == Kind::kApplied ? "up" : "down"}};
}

}  // namespace

absl::Status Announcer::Begin(const Undertaking& what) {
  what_ = what;
  is_under_way_ = true;
  quarantined_ = 0;
  report().record().version = what.version;
  begun_ = options_.clock.Now();
  if (what.kind == Kind::kRolledBack) {
    hooks_.Mention("starting", FieldsAbout(what));  // a way back waits for nobody
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(hooks_.Ask("planned", FieldsAbout(what)));
  DAYBOOK_RETURN_IF_ERROR(hooks_.Ask("starting", FieldsAbout(what)));
  begun_ = options_.clock.Now();
  return absl::OkStatus();
}

absl::Status Announcer::End(const absl::Status& ended) {
  is_under_way_ = false;
  if (absl::IsAborted(ended)) return ended;
  if (const absl::Status left = LeaveInSpool(ended); !left.ok()) {
    report().Step("warning", absl::StrCat("migration ", what_.version,
                                          " is not in the spool of daybookd: ", left.message(),
                                          "; mig_event has what was done"));
  }
  return ended;
}

spool::MigrationEvent Announcer::EventOf(const absl::Status& ended) const {
  const absl::Time now = options_.clock.Now();
  return {.kind = ended.ok() ? what_.kind : Kind::kFailed,
          .run = options_.run_id,
          .database = backup::RealPath(options_.database),
          .version = what_.version,
          .name = what_.name,
          .checksum = what_.checksum,
          .strategy = what_.strategy,
          .build = options_.build,
          .at = now,
          .took = now - begun_,
          .reason = ended.ok() ? "" : absl::AsciiStrToUpper(ResultName(CodeOf(ended))),
          .counts = {{"quarantined_rows", quarantined_}}};
}

absl::Status Announcer::LeaveInSpool(const absl::Status& ended) {
  if (options_.outlets.spool_dir.empty()) return absl::OkStatus();
  const spool::MigrationEvent migration = EventOf(ended);
  const std::array events = {spool::ToEvent(migration)};
  return spool::SpoolFolder(options_.outlets.spool_dir)
      .Put(SpoolName(migration.at, options_.run_id, ++left_), events);
}

void Announcer::Phase(absl::string_view phase, absl::string_view text) {
  ReportObserver::Phase(phase, text);
  if (!is_under_way_) return;
  Fields fields = FieldsAbout(what_);
  fields.emplace_back("phase", std::string(phase));
  hooks_.Mention("progress", fields);
  mentioned_ = options_.clock.Now();
}

void Announcer::Note(absl::string_view event, absl::string_view text, const Fields& fields) {
  ReportObserver::Note(event, text, fields);
  if (event != "mended") return;
  for (const auto& [name, value] : fields) {
    int64_t rows = 0;
    if (name == "rows" && absl::SimpleAtoi(value, &rows)) quarantined_ += rows;
  }
}

void Announcer::Progress(absl::string_view work, uint64_t done, uint64_t all) {
  ReportObserver::Progress(work, done, all);
  if (!is_under_way_ || options_.outlets.hooks.empty()) return;
  const absl::Time now = options_.clock.Now();
  if (now - mentioned_ < kBetweenMentions) return;
  mentioned_ = now;
  Fields fields = FieldsAbout(what_);
  fields.emplace_back("work", std::string(work));
  fields.emplace_back("done", absl::StrCat(done));
  fields.emplace_back("total", absl::StrCat(all));
  hooks_.Mention("progress", fields);
}

}  // namespace daybook::migrator::app
