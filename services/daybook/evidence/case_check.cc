#include "daybook/evidence/case_check.h"

#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "daybook/evidence/case_file.h"
#include "daybook/evidence/case_item.h"
#include "daybook/failure.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/tlog_proof.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::telemetry::Progress;
using ::google::protobuf::Struct;

template <typename Message>
absl::StatusOr<Message> FromJson(const std::string& name, absl::string_view json) {
  Message message;
  const auto read = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &message);
  if (read.ok()) return message;
  return NotVerifiedError(absl::StrCat(name, " is not what it should be"));
}

std::string TextIn(const Struct& manifest, const std::string& name) {
  const auto found = manifest.fields().find(name);
  return found == manifest.fields().end() ? "" : found->second.string_value();
}

// Verifies one case.
//
// Thread-compatible.
class Checking {
 public:
  Checking(TarReader& tar, Progress& progress) : tar_(tar), progress_(progress) {}

  absl::StatusOr<CheckedCase> Run(std::span<const ledger::VerifierKey> keys) {
    DAYBOOK_ASSIGN_OR_RETURN(const Struct manifest, ReadManifest());
    DAYBOOK_ASSIGN_OR_RETURN(const SignedHead head, ReadHead(keys));
    note_ = head.note;
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t events, CheckEvents(head.checkpoint.head));
    if (seen_.size() != tar_.files().size()) {
      return NotVerifiedError("it holds files that belong to no event");
    }
    if (TextIn(manifest, "events") != absl::StrCat(events)) {
      return NotVerifiedError("it holds another number of events than its manifest says");
    }
    return CheckedCase{.events = events,
                       .checkpoint = head.checkpoint,
                       .filter = TextIn(manifest, "filter"),
                       .made_at = TextIn(manifest, "made_at"),
                       .made_by = TextIn(manifest, "made_by"),
                       .dropped_events = TextIn(manifest, "dropped_events")};
  }

 private:
  absl::StatusOr<std::string> Take(const std::string& name) {
    absl::StatusOr<std::string> bytes = tar_.Read(name);
    if (!bytes.ok()) return NotVerifiedError(bytes.status().message());
    seen_.insert(name);
    return bytes;
  }

  // The manifest, and that it has every file as it is.
  absl::StatusOr<Struct> ReadManifest() {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text, Take(kManifestFile));
    DAYBOOK_ASSIGN_OR_RETURN(Struct manifest, FromJson<Struct>(kManifestFile, text));
    if (TextIn(manifest, "format") != kCaseFormat) {
      return NotVerifiedError(absl::StrCat("its format is not ", kCaseFormat));
    }
    const auto found = manifest.fields().find("files");
    if (found == manifest.fields().end()) return NotVerifiedError("its manifest has no files");
    const Struct& files = found->second.struct_value();
    for (const auto& [name, place] : tar_.files()) {
      if (name == kManifestFile) continue;
      DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes, tar_.Read(name));
      if (TextIn(files, name) != ledger::ToHex(ledger::Sha256(bytes))) {
        return NotVerifiedError(absl::StrCat(name, " is not the file of the manifest"));
      }
    }
    DAYBOOK_RETURN_IF_ERROR(Take(kHowToFile).status());
    return manifest;
  }

  absl::StatusOr<SignedHead> ReadHead(std::span<const ledger::VerifierKey> keys) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string note, Take(kCheckpointFile));
    DAYBOOK_ASSIGN_OR_RETURN(const std::string lines, Take(kVerifierKeyFile));
    std::vector<ledger::VerifierKey> enclosed;
    for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
      absl::StatusOr<ledger::VerifierKey> key = ledger::VerifierKey::Parse(line);
      if (!key.ok()) return NotVerifiedError(absl::StrCat(kVerifierKeyFile, " is no key"));
      enclosed.push_back(*std::move(key));
    }
    if (enclosed.empty()) return NotVerifiedError(absl::StrCat(kVerifierKeyFile, " is empty"));
    DAYBOOK_ASSIGN_OR_RETURN(SignedHead head, OpenSignedHead(note, enclosed));
    if (!keys.empty()) DAYBOOK_RETURN_IF_ERROR(OpenSignedHead(note, keys).status());
    return head;
  }

  absl::StatusOr<uint64_t> CheckEvents(const ledger::TreeHead& head) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text, Take(kEventsFile));
    progress_.Begin("checking", text.size());
    std::optional<uint64_t> last;
    uint64_t count = 0;
    for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
      DAYBOOK_ASSIGN_OR_RETURN(const Event shown, FromJson<Event>(kEventsFile, line));
      if (!shown.has_seq() || (last && shown.seq() <= *last)) {
        return NotVerifiedError("the events are not in order");
      }
      last = shown.seq();
      DAYBOOK_ASSIGN_OR_RETURN(const CaseItem item, ReadItem(Seq(shown.seq())));
      DAYBOOK_ASSIGN_OR_RETURN(const Event proven, ProvenEvent(item, head));
      DAYBOOK_RETURN_IF_ERROR(CheckShown(shown, proven));
      ++count;
      progress_.Reach(static_cast<uint64_t>(line.end() - absl::string_view(text).begin()));
    }
    return count;
  }

  absl::StatusOr<CaseItem> ReadItem(Seq seq) {
    CaseItem item{.seq = seq, .leaf_bytes = {}, .proof = {}, .openings = {}};
    DAYBOOK_ASSIGN_OR_RETURN(item.leaf_bytes, Take(LeafFile(seq)));
    DAYBOOK_ASSIGN_OR_RETURN(const std::string openings, Take(OpeningsFile(seq)));
    DAYBOOK_ASSIGN_OR_RETURN(item.openings, FromJson<ledger::v1::GetInclusionProofResponse>(
                                                OpeningsFile(seq), openings));
    DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes, Take(ProofFile(seq)));
    absl::StatusOr<ledger::TlogProof> proof = ledger::ParseTlogProof(bytes);
    if (!proof.ok() || proof->index != seq || proof->checkpoint != note_) {
      return NotVerifiedError(
          absl::StrCat(ProofFile(seq), " is not the proof of that event in ", "the checkpoint"));
    }
    item.proof = std::move(proof->hashes);
    return item;
  }

  TarReader& tar_;
  Progress& progress_;
  std::string note_;
  std::set<std::string> seen_;
};

}  // namespace

absl::StatusOr<CheckedCase> CheckCase(const std::string& path,
                                      std::span<const ledger::VerifierKey> keys,
                                      Progress& progress) {
  absl::StatusOr<TarReader> tar = TarReader::Open(path);
  if (absl::IsInvalidArgument(tar.status())) return NotVerifiedError(tar.status().message());
  if (!tar.ok()) return tar.status();
  return Checking(*tar, progress).Run(keys);
}

}  // namespace daybook::cli::evidence
