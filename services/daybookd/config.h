#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace daybook::daybookd {

// How the daemon was asked to run.
struct Config {
  std::string data_dir = "./daybook-data";
  std::string spool_dir;                  // <data_dir>/spool when empty
  std::string signer_dir;                 // <data_dir>.signer when empty
  std::string signing_key;                // a file; signer_dir's own when empty
  std::string next_signing_key;           // likewise
  std::string publish_checkpoint;         // a file, or "-" for standard output; nowhere when empty
  std::vector<std::string> witness_logs;  // verifier keys of logs to cosign; of none when empty
  std::string witness_logs_file;          // likewise, one a line
  std::string witness_dir;                // <data_dir>.witness when empty
  std::string witness_key;                // a file; witness_dir's own when empty
  std::string witness_name;               // of the key that is made; made up when empty
  std::vector<std::string> trusted_witnesses;  // verifier keys
  std::string listen = "127.0.0.1:7443";
  std::string metrics_listen = "127.0.0.1:9464";
  std::string ready_file;        // none when empty
  bool accept_rollback = false;  // go on, under a new name, where the log is not what was signed
  bool allow_unauthenticated = false;  // listen beyond loopback although anyone may write
  size_t max_waiting_events = 65'536;  // above it, QUEUE_FULL
  size_t max_waiting_mib = 64;         // likewise
  double tail_patience = 60;           // seconds; a tail whose client takes nothing is ended
  uint64_t scrub_rate = 20'000;        // events verified a second; 0: none
  double scrub_pause = 3'600;          // seconds from one pass over the log to the next
  uint32_t min_retention = 0;          // days; nothing younger is dropped, whoever asks
  std::string rules;                   // the file of standing rules; looks for nothing when empty
  std::string check_rules;             // a file to check, instead of serving
  bool print_config = false;
};

// What the command line and the environment (DAYBOOK_DATA_DIR and so on) ask
// for. Nothing where the program has no more to do: `exit_code` says how it
// ends, and what had to be said is printed.
std::optional<Config> ReadConfig(int argc, const char* const* argv, int& exit_code);

// The folder where the migrator leaves what it did.
std::string SpoolDirOf(const Config& config);

// The folder of what the log signs with: beside the store, never in it.
std::string SignerDirOf(const Config& config);

// The folder of what the witness signs with, and cosigned last: likewise.
std::string WitnessDirOf(const Config& config);

// The settings in force, one a line, as flags.
std::string PrintConfig(const Config& config);

}  // namespace daybook::daybookd
