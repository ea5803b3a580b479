#include "daybookd/config.h"

#include <iostream>

#include <CLI/CLI.hpp>

#include "absl/strings/str_cat.h"

#include "db/sqlite/connection.h"
#include "ledger/note_key.h"
#include "schema/version.h"
#include "signer/signer_folder.h"
#include "witness/witness_folder.h"

namespace daybook::daybookd {
namespace {

constexpr int kUsageError = 2;
constexpr double kADayOfSeconds = 24.0 * 3600;
constexpr double kAYearOfSeconds = 365.0 * 24 * 3600;
constexpr int kACenturyOfDays = 36'525;

constexpr char kFooter[] =
    "Exit codes: 0 stopped as asked, or the checked rules are right; 2 usage; 75 an address is in\n"
    "use, retry; 78 no store in the data directory (run `daybook-migrate apply --database\n"
    "sqlite:DIR`), an address beyond loopback without --allow-unauthenticated, a witness that\n"
    "cannot be one, or rules that are wrong or cannot be read.";

// Takes a verifier key of one type.
CLI::Validator IsVerifierKey(ledger::KeyType type, const char* what) {
  return {[type, what](const std::string& text) -> std::string {
            const auto key = ledger::VerifierKey::Parse(text);
            if (!key.ok()) return std::string(key.status().message());
            if (key->type() == type) return "";
            return absl::StrCat(key->name(), " is not the key of ", what);
          },
          "VERIFIER_KEY"};
}

void AddStoreOptions(CLI::App& app, Config& config) {
  app.add_option("--data-dir", config.data_dir, "The folder of the store")
      ->envname("DAYBOOK_DATA_DIR")
      ->capture_default_str();
  app.add_option("--spool-dir", config.spool_dir,
                 "Where daybook-migrate leaves what is to be recorded; DATA_DIR/spool by default")
      ->envname("DAYBOOK_SPOOL_DIR");
  app.add_option("--signer-dir", config.signer_dir,
                 "Where the signing key is, and what was signed last; DATA_DIR.signer by default. "
                 "Not in the store, not in its backups")
      ->envname("DAYBOOK_SIGNER_DIR");
  app.add_option("--signing-key", config.signing_key,
                 "A file with the key to sign with, PRIVATE+KEY+NAME+…; by default one is made in "
                 "the signer's directory")
      ->envname("DAYBOOK_SIGNING_KEY");
  app.add_option("--next-signing-key", config.next_signing_key,
                 "A file with a second key to sign with, while the key is being rotated; by "
                 "default signing.next.key in the signer's directory, if there")
      ->envname("DAYBOOK_NEXT_SIGNING_KEY");
  app.add_option("--publish-checkpoint", config.publish_checkpoint,
                 "A file that always holds the newest checkpoint, for others to fetch and keep; - "
                 "writes each to standard output")
      ->envname("DAYBOOK_PUBLISH_CHECKPOINT");
}

void AddWitnessOptions(CLI::App& app, Config& config) {
  app.add_option("--witness-log", config.witness_logs,
                 "The verifier key of a log of which checkpoints are cosigned; may be repeated. "
                 "Without one this is no witness")
      ->check(IsVerifierKey(ledger::KeyType::kLog, "a log"))
      ->allow_extra_args(false)
      ->delimiter(' ')
      ->envname("DAYBOOK_WITNESS_LOG");
  app.add_option("--witness-logs", config.witness_logs_file,
                 "A file with such keys, one a line; # begins a comment")
      ->envname("DAYBOOK_WITNESS_LOGS");
  app.add_option("--witness-dir", config.witness_dir,
                 "Where the witness's key is, and what was cosigned last; DATA_DIR.witness by "
                 "default. Not in the store, not in its backups")
      ->envname("DAYBOOK_WITNESS_DIR");
  app.add_option("--witness-key", config.witness_key,
                 "A file with the key to cosign with, PRIVATE+KEY+NAME+…; by default one is made "
                 "in the witness's directory")
      ->envname("DAYBOOK_WITNESS_KEY");
  app.add_option("--witness-name", config.witness_name,
                 "The name of the key that is made, such as audit.example.com/witness")
      ->envname("DAYBOOK_WITNESS_NAME");
  app.add_option("--trusted-witness", config.trusted_witnesses,
                 "The verifier key of a witness whose cosignatures this log keeps and shows; may "
                 "be repeated")
      ->check(IsVerifierKey(ledger::KeyType::kWitness, "a witness"))
      ->allow_extra_args(false)
      ->delimiter(' ')
      ->envname("DAYBOOK_TRUSTED_WITNESS");
}

void AddServingOptions(CLI::App& app, Config& config) {
  app.add_option("--listen", config.listen, "HOST:PORT for gRPC; port 0 picks a free one")
      ->envname("DAYBOOK_LISTEN")
      ->capture_default_str();
  app.add_option("--metrics-listen", config.metrics_listen, "HOST:PORT for /metrics")
      ->envname("DAYBOOK_METRICS_LISTEN")
      ->capture_default_str();
  app.add_option("--ready-file", config.ready_file,
                 "Written once the service serves: JSON with the addresses")
      ->envname("DAYBOOK_READY_FILE");
  app.add_option("--max-waiting-events", config.max_waiting_events,
                 "Events that may wait for the disk before calls end with QUEUE_FULL")
      ->envname("DAYBOOK_MAX_WAITING_EVENTS")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--max-waiting-mib", config.max_waiting_mib, "The same, by their size in MiB")
      ->envname("DAYBOOK_MAX_WAITING_MIB")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--tail-patience", config.tail_patience,
                 "Seconds after which TailEvents ends where its client takes nothing")
      ->envname("DAYBOOK_TAIL_PATIENCE")
      ->check(CLI::Range(0.1, kADayOfSeconds))
      ->capture_default_str();
  app.add_option("--scrub-rate", config.scrub_rate,
                 "How many events a second are verified in the background; 0 verifies none")
      ->envname("DAYBOOK_SCRUB_RATE")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--scrub-pause", config.scrub_pause,
                 "Seconds from the end of one such pass over the log to the next")
      ->envname("DAYBOOK_SCRUB_PAUSE")
      ->check(CLI::Range(0.1, kAYearOfSeconds))
      ->capture_default_str();
  app.add_option("--min-retention", config.min_retention,
                 "Days; events that are younger cannot be dropped, whoever asks")
      ->envname("DAYBOOK_MIN_RETENTION")
      ->check(CLI::Range(0, kACenturyOfDays))
      ->capture_default_str();
}

void AddRulesOptions(CLI::App& app, Config& config) {
  app.add_option("--rules", config.rules,
                 "A file of standing rules, daybook.detection.v1.Rules as text, to look for in the "
                 "log; read again on SIGHUP")
      ->envname("DAYBOOK_RULES");
  app.add_option("--check-rules", config.check_rules,
                 "Check such a file, say what is wrong with it, and end")
      ->check([](const std::string& path) {
        return path.empty() ? std::string("a file is wanted") : std::string();
      });
}

std::string PrintEach(absl::string_view flag, const std::vector<std::string>& values) {
  std::string lines;
  for (const std::string& value : values) absl::StrAppend(&lines, "\n--", flag, "=", value);
  return lines;
}

}  // namespace

std::optional<Config> ReadConfig(int argc, const char* const* argv, int& exit_code) {
  Config config;
  CLI::App app("daybookd: records audit events and answers questions about them", "daybookd");
  app.footer(kFooter);
  app.set_version_flag("--version",
                       absl::StrCat(DAYBOOK_VERSION, "\n", db::sqlite::EngineName(),
                                    "\nserves stores of version ", schema::ServedVersions()));
  AddStoreOptions(app, config);
  AddWitnessOptions(app, config);
  AddServingOptions(app, config);
  AddRulesOptions(app, config);
  app.add_flag("--accept-rollback", config.accept_rollback,
               "Where the log is not what was signed last, as after a restore: record that, and "
               "go on under a new name with a new key. For one start")
      ->envname("DAYBOOK_ACCEPT_ROLLBACK");
  app.add_flag("--allow-unauthenticated", config.allow_unauthenticated,
               "Listen beyond loopback although callers need no credentials")
      ->envname("DAYBOOK_ALLOW_UNAUTHENTICATED");
  app.add_flag("--print-config", config.print_config, "Print the settings in force and end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    exit_code = app.exit(error, std::cout, std::cerr) == 0 ? 0 : kUsageError;
    return std::nullopt;
  }
  return config;
}

std::string SpoolDirOf(const Config& config) {
  return config.spool_dir.empty() ? absl::StrCat(config.data_dir, "/spool") : config.spool_dir;
}

std::string SignerDirOf(const Config& config) {
  if (!config.signer_dir.empty()) return config.signer_dir;
  return signer::SignerFolderOf(config.data_dir);
}

std::string WitnessDirOf(const Config& config) {
  if (!config.witness_dir.empty()) return config.witness_dir;
  return witness::WitnessFolderOf(config.data_dir);
}

std::string PrintConfig(const Config& config) {
  return absl::StrCat(
      "--data-dir=", config.data_dir, "\n--spool-dir=", SpoolDirOf(config),
      "\n--signer-dir=", SignerDirOf(config), "\n--signing-key=", config.signing_key,
      "\n--next-signing-key=", config.next_signing_key,
      "\n--publish-checkpoint=", config.publish_checkpoint,
      PrintEach("witness-log", config.witness_logs), "\n--witness-logs=", config.witness_logs_file,
      "\n--witness-dir=", WitnessDirOf(config), "\n--witness-key=", config.witness_key,
      "\n--witness-name=", config.witness_name,
      PrintEach("trusted-witness", config.trusted_witnesses), "\n--listen=", config.listen,
      "\n--metrics-listen=", config.metrics_listen, "\n--ready-file=", config.ready_file,
      "\n--max-waiting-events=", config.max_waiting_events,
      "\n--max-waiting-mib=", config.max_waiting_mib, "\n--tail-patience=", config.tail_patience,
      "\n--scrub-rate=", config.scrub_rate, "\n--scrub-pause=", config.scrub_pause,
      "\n--min-retention=", config.min_retention, "\n--rules=", config.rules,
      "\n--accept-rollback=", config.accept_rollback,
      "\n--allow-unauthenticated=", config.allow_unauthenticated, "\n");
}

}  // namespace daybook::daybookd
