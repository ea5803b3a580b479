#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"
#include "daybook/evidence/case_item.h"
#include "daybook/evidence/tar.h"
#include "daybook/signed_head.h"

namespace daybook::cli::evidence {

// The names of what is in a case.
inline constexpr char kEventsFile[] = "events.jsonl";
inline constexpr char kCheckpointFile[] = "checkpoint";
inline constexpr char kVerifierKeyFile[] = "verifier.key";
inline constexpr char kHowToFile[] = "HOW-TO-CHECK.md";
inline constexpr char kManifestFile[] = "manifest.json";
std::string ProofFile(Seq seq);
std::string LeafFile(Seq seq);
std::string OpeningsFile(Seq seq);

inline constexpr char kCaseFormat[] = "daybook.case/1";

// What the one who makes a case says of it: nobody signs that.
struct CaseStatement {
  std::string filter;
  std::string made_by;
  absl::Time made_at;
  std::string key_source;
  std::vector<ledger::Group> groups;
  uint64_t as_of_size = 0;
  uint64_t dropped_events = 0;  // of the first, that could not be looked at
};

// Writes a case: events in order of seq, all proven in one checkpoint.
//
// Thread-compatible.
class CaseWriter {
 public:
  CaseWriter(const std::string& path, CaseStatement statement, SignedHead head);

  // The checkpoint, the key and the instructions.
  absl::Status Begin(const std::string& verifier_keys);

  // Verifies an event, shown without the groups that are not opened, and adds it.
  absl::Status Add(const audit::v1::Event& shown, const CaseItem& item);

  // From here on the case is there.
  absl::Status Finish();

  uint64_t events() const { return count_; }

 private:
  absl::Status Put(const std::string& name, const std::string& bytes);
  std::string Manifest() const;

  const CaseStatement statement_;
  const SignedHead head_;
  TarWriter tar_;
  uint64_t count_ = 0;
  std::string events_;                                       // lines
  std::vector<std::pair<std::string, std::string>> hashes_;  // by name
};

}  // namespace daybook::cli::evidence
