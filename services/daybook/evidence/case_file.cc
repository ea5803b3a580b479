#include "daybook/evidence/case_file.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/event_json.h"
#include "daybook/evidence/how_to_check.h"
#include "ledger/redaction.h"
#include "ledger/tlog_proof.h"
#include "telemetry/log.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::telemetry::JsonQuoted;

constexpr char kStatement[] =
    "The leaves, the proofs and the checkpoint can be checked, and with them every field in "
    "events.jsonl. This file says what was asked for, when and by whom; nobody signed it. That "
    "these are all events that match the filter is not proven: only a reader of the whole log "
    "can tell.";

std::string Line(absl::string_view name, absl::string_view value) {
  return absl::StrCat("  ", JsonQuoted(name), ": ", JsonQuoted(value), ",\n");
}

}  // namespace

std::string ProofFile(Seq seq) { return absl::StrCat("proofs/", seq.value(), ".tlog-proof"); }
std::string LeafFile(Seq seq) { return absl::StrCat("leaves/", seq.value(), ".leaf"); }
std::string OpeningsFile(Seq seq) { return absl::StrCat("openings/", seq.value(), ".json"); }

CaseWriter::CaseWriter(const std::string& path, CaseStatement statement, SignedHead head)
    : statement_(std::move(statement)), head_(std::move(head)), tar_(path, statement_.made_at) {}

absl::Status CaseWriter::Put(const std::string& name, const std::string& bytes) {
  hashes_.emplace_back(name, ledger::ToHex(ledger::Sha256(bytes)));
  return tar_.Add(name, bytes);
}

absl::Status CaseWriter::Begin(const std::string& verifier_keys) {
  DAYBOOK_RETURN_IF_ERROR(Put(kHowToFile, HowToCheck()));
  DAYBOOK_RETURN_IF_ERROR(Put(kCheckpointFile, head_.note));
  return Put(kVerifierKeyFile, verifier_keys);
}

absl::Status CaseWriter::Add(const audit::v1::Event& shown, const CaseItem& item) {
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event proven, ProvenEvent(item, head_.checkpoint.head));
  DAYBOOK_RETURN_IF_ERROR(CheckShown(shown, proven));
  DAYBOOK_RETURN_IF_ERROR(Put(LeafFile(item.seq), item.leaf_bytes));
  DAYBOOK_RETURN_IF_ERROR(
      Put(ProofFile(item.seq),
          ledger::FormatTlogProof(
              {.index = item.seq, .hashes = item.proof, .checkpoint = head_.note})));
  DAYBOOK_RETURN_IF_ERROR(Put(OpeningsFile(item.seq), absl::StrCat(ToJson(item.openings), "\n")));
  absl::StrAppend(&events_, ToJson(proven), "\n");
  ++count_;
  return absl::OkStatus();
}

std::string CaseWriter::Manifest() const {
  const ledger::Checkpoint& checkpoint = head_.checkpoint;
  std::vector<std::string> groups;
  groups.reserve(statement_.groups.size());
  for (const ledger::Group group : statement_.groups)
    groups.push_back(JsonQuoted(ledger::GroupName(group)));
  std::vector<std::string> files;
  files.reserve(hashes_.size());
  for (const auto& [name, hash] : hashes_) {
    files.push_back(absl::StrCat("    ", JsonQuoted(name), ": ", JsonQuoted(hash)));
  }
  return absl::StrCat("{\n", Line("format", kCaseFormat), Line("statement", kStatement),
                      Line("filter", statement_.filter), Line("events", absl::StrCat(count_)),
                      Line("as_of_size", absl::StrCat(statement_.as_of_size)),
                      Line("dropped_events", absl::StrCat(statement_.dropped_events)),
                      Line("origin", checkpoint.origin),
                      Line("checkpoint_size", absl::StrCat(checkpoint.head.size.value())),
                      Line("made_at", FormatTime(FloorToMicros(statement_.made_at))),
                      Line("made_by", statement_.made_by),
                      Line("verifier_key", statement_.key_source), "  \"groups\": [",
                      absl::StrJoin(groups, ", "), "],\n  \"files\": {\n",
                      absl::StrJoin(files, ",\n"), "\n  }\n}\n");
}

absl::Status CaseWriter::Finish() {
  DAYBOOK_RETURN_IF_ERROR(Put(kEventsFile, events_));
  DAYBOOK_RETURN_IF_ERROR(tar_.Add(kManifestFile, Manifest()));
  return tar_.Finish();
}

}  // namespace daybook::cli::evidence
