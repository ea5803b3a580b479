#include "daybook/evidence_command.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "daybook/command_progress.h"
#include "daybook/evidence/case_file.h"
#include "daybook/evidence/collect.h"
#include "daybook/failure.h"
#include "daybook/signed_head.h"
#include "daybook/terminal_text.h"
#include "db/sqlite/durable_file.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::cli::evidence::CheckedCase;

constexpr char kNoGroups[] = "none";
// A checkpoint is due a second after the event.
constexpr absl::Duration kCheckpointPatience = absl::Seconds(10);

std::vector<ledger::Group> GroupsNamed(const std::vector<std::string>& names) {
  std::vector<ledger::Group> groups;
  for (const std::string& name : names) {
    const std::optional<ledger::Group> group = evidence::GroupNamed(name);
    if (group) groups.push_back(*group);
  }
  return groups;
}

}  // namespace

EvidenceCommand::EvidenceCommand(CLI::App& app)
    : app_(app.add_subcommand("evidence",
                              "Put events and their proofs into one file, or check it")) {
  auto* const filter =
      app_->add_option("--filter", filter_, "Which events, as for query: 'user_id = 7'");
  auto* const out = app_->add_option("-o,--output", out_, "The tar to write; it must not exist");
  app_->add_option("--check", check_, "Check such a tar instead; asks no service")
      ->excludes(filter)
      ->excludes(out);
  app_->add_option("--key", key_, "The log's verifier key, or a file with one a line");
  app_->add_option("--signer-dir", signer_dir_, "Take the key from the service's own folder")
      ->envname("DAYBOOK_SIGNER_DIR");
  app_->add_option("--groups", groups_,
                   "What to show of people: any of subject, client, object, details; or none")
      ->delimiter(',')
      ->check(CLI::IsMember({"subject", "client", "object", "details", kNoGroups}))
      ->capture_default_str();
  const char* const user = std::getenv("USER");  // NOLINT(concurrency-mt-unsafe)
  by_ = user == nullptr ? "" : user;
  app_->add_option("--by", by_, "Who makes it, for the manifest; you by default");
  app_->final_callback([this] {
    if (check_.empty() && (filter_.empty() || out_.empty())) {
      throw CLI::RequiredError("--filter and --output, or --check");
    }
    if (check_.empty() && key_.empty() && signer_dir_.empty()) {
      throw CLI::RequiredError("--key or --signer-dir");
    }
  });
  app_->footer(
      "All that is written was verified first: the signature, each proof, each field shown.\n"
      "HOW-TO-CHECK.md in it says how to do so without Daybook.\n"
      "Example: daybook evidence --filter 'user_id = 7' --key verifier.key -o case.tar\n"
      "         daybook evidence --check case.tar --key verifier.key");
}

absl::StatusOr<EvidenceCommand::Keys> EvidenceCommand::ReadKeys() const {
  Keys found;
  if (!key_.empty()) {
    found.source = "given with --key";
    DAYBOOK_ASSIGN_OR_RETURN(found.keys, ReadVerifierKeys(key_));
  } else if (!signer_dir_.empty()) {
    found.source = "from the folder of the service that signed";
    DAYBOOK_ASSIGN_OR_RETURN(found.keys, ReadVerifierKeys(signer_dir_ + "/verifier.key"));
  }
  for (const ledger::VerifierKey& key : found.keys) {
    absl::StrAppend(&found.lines, key.ToString(), "\n");
  }
  return found;
}

absl::StatusOr<CheckedCase> EvidenceCommand::WriteCase(Connection& connection, bool json) const {
  DAYBOOK_ASSIGN_OR_RETURN(const Keys keys, ReadKeys());
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(out_));
  if (exists) return absl::AlreadyExistsError(absl::StrCat(out_, " is there already"));
  CommandProgress progress(json);
  const std::vector<ledger::Group> groups = GroupsNamed(groups_);
  evidence::Collector collector(
      connection, progress.get(),
      {.filter = filter_, .groups = groups, .keys = keys.keys, .patience = kCheckpointPatience});
  DAYBOOK_ASSIGN_OR_RETURN(const evidence::Collector::Found found, collector.Find());
  evidence::CaseWriter writer(out_,
                              {.filter = filter_,
                               .made_by = by_,
                               .made_at = absl::Now(),
                               .key_source = keys.source,
                               .groups = groups,
                               .as_of_size = found.as_of_size,
                               .dropped_events = found.begin.value()},
                              found.head);
  DAYBOOK_RETURN_IF_ERROR(writer.Begin(keys.lines));
  const absl::Status collected = collector.Collect(found, writer);
  progress.get().End();
  DAYBOOK_RETURN_IF_ERROR(collected);
  DAYBOOK_RETURN_IF_ERROR(writer.Finish());
  return CheckedCase{.events = writer.events(),
                     .checkpoint = found.head.checkpoint,
                     .filter = filter_,
                     .made_by = by_,
                     .dropped_events = absl::StrCat(found.begin.value())};
}

absl::StatusOr<CheckedCase> EvidenceCommand::CheckFile(bool json) const {
  DAYBOOK_ASSIGN_OR_RETURN(const Keys keys, ReadKeys());
  CommandProgress progress(json);
  absl::StatusOr<CheckedCase> checked = evidence::CheckCase(check_, keys.keys, progress.get());
  progress.get().End();
  return checked;
}

void EvidenceCommand::TellResult(const CheckedCase& checked, bool json) const {
  const std::string& path = is_check() ? check_ : out_;
  const bool self_attested = key_.empty() && signer_dir_.empty();
  const std::string dropped = checked.dropped_events.empty() ? "0" : checked.dropped_events;
  if (json) {
    using ::daybook::telemetry::JsonQuoted;
    std::cout << R"({"event":"result","result":")" << (is_check() ? "verified" : "written")
              << R"(","file":)" << JsonQuoted(path) << R"(,"events":)" << checked.events
              << R"(,"origin":)" << JsonQuoted(checked.checkpoint.origin)
              << R"(,"checkpoint_size":")" << checked.checkpoint.head.size.value()
              << R"(","dropped_events":)" << JsonQuoted(dropped) << R"(,"filter":)"
              << JsonQuoted(checked.filter) << R"(,"self_attested":)"
              << (self_attested ? "true" : "false") << R"(,"exit_code":0})" << '\n';
    return;
  }
  std::cout << ForTerminal(path) << ": " << checked.events
            << (checked.events == 1 ? " event" : " events") << " of "
            << ForTerminal(checked.checkpoint.origin) << ", each proven in its checkpoint of "
            << checked.checkpoint.head.size.value() << " events\n";
  if (is_check()) {
    std::cout << "  by its own word: filter " << ForTerminal(checked.filter) << ", made "
              << ForTerminal(checked.made_at) << " by " << ForTerminal(checked.made_by) << '\n';
  }
  if (dropped != "0") {
    std::cout << "  the first " << ForTerminal(dropped)
              << " events of the log were dropped by then: what matched among them is not in it\n";
  }
  if (self_attested) {
    std::cout << "  SELF-ATTESTED: the key is the one in the file; --key names one that you have "
                 "from elsewhere\n";
  }
}

ExitCode EvidenceCommand::Run(Connection& connection, bool json) const {
  const absl::StatusOr<CheckedCase> done =
      is_check() ? CheckFile(json) : WriteCase(connection, json);
  if (done.ok()) {
    TellResult(*done, json);
    return ExitCode::kDone;
  }
  const ExitCode code = connection.Fail(done.status());
  if (json) {
    std::cout << R"({"event":"result","result":"failed","exit_code":)" << static_cast<int>(code)
              << "}\n";
  }
  return code;
}

}  // namespace daybook::cli
