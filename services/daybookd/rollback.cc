#include "daybookd/rollback.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybookd/key_rotation.h"
#include "ledger/canonical_text.h"
#include "ledger/checkpoint.h"
#include "ledger/tree.h"
#include "signer/log_signer.h"

namespace daybook::daybookd {
namespace {

using ::daybook::ledger::TreeHead;
using ::daybook::signer::LogSigner;

constexpr char kAction[] = "audit.rolled_back";

absl::Status WhySigningIsRefused(absl::StatusOr<LogSigner>& signer, const StoreParts& store) {
  if (!signer.ok()) return signer.status();
  return CheckSigner(*signer, store);
}

// The head that was signed last, by whoever still knows of it.
absl::StatusOr<std::optional<TreeHead>> SignedHead(const absl::StatusOr<LogSigner>& signer,
                                                   const StoreParts& store) {
  if (signer.ok() && signer->last()) return signer->last();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<storage::StoredCheckpoint> kept,
                           store.ledger.Newest());
  if (!kept) return std::nullopt;
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::OpenCheckpoint(kept->note, {});
  if (!checkpoint.ok()) return std::nullopt;
  return checkpoint->head;
}

absl::StatusOr<TreeHead> HeadOf(storage::EventStore& events) {
  const LogSize size = events.Size();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::Hash> edge,
                           events.ReadNodes(ledger::Cover(0, size.value())));
  return TreeHead{.size = size, .root = ledger::Join(edge)};
}

std::string JsonOf(const std::string& origin, const std::optional<TreeHead>& head) {
  std::string json = absl::StrCat("{\"origin\":", telemetry::JsonQuoted(origin));
  if (head) {
    absl::StrAppend(&json, ",\"size\":", head->size.value(), ",\"root\":\"",
                    ledger::ToBase64(head->root), "\"");
  }
  return json + "}";
}

// A key that is given names the log.
absl::StatusOr<std::string> NewOrigin(const std::string& origin, const StoreParts& store) {
  if (!store.folder.HasGivenKey()) return ledger::FreshOrigin();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ledger::SigningKey> key, store.folder.ReadKey());
  if (key && key->verifier().name() != origin) return key->verifier().name();
  return ErrorWithReason(
      absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused,
      absl::StrCat(store.folder.KeyFile(),
                   ": one name never signs two histories: give a key of another name than ",
                   origin));
}

}  // namespace

absl::StatusOr<std::string> AcceptRollback(const std::string& origin, const StoreParts& store) {
  absl::StatusOr<LogSigner> signer = LogSigner::Open(store.folder, origin);
  const absl::Status refusal = WhySigningIsRefused(signer, store);
  if (ReasonIn(refusal) != ReasonName(Reason::kSigningRefused)) {
    if (!refusal.ok()) return refusal;
    store.log.Write(telemetry::Severity::kInfo, "no_rollback_to_accept", {{"origin", origin}});
    return origin;
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::string new_origin, NewOrigin(origin, store));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<TreeHead> signed_head, SignedHead(signer, store));
  DAYBOOK_ASSIGN_OR_RETURN(const TreeHead head, HeadOf(store.events));
  DAYBOOK_RETURN_IF_ERROR(RecordOwnEvent(kAction,
                                         absl::StrCat("{\"old\":", JsonOf(origin, signed_head),
                                                      ",\"new\":", JsonOf(new_origin, head), "}"),
                                         store)
                              .status());
  // In this order: until both are done the log is refused, since its name and its
  // key do not fit.
  DAYBOOK_RETURN_IF_ERROR(store.ledger.StartAnew(new_origin, store.span_events));
  DAYBOOK_RETURN_IF_ERROR(
      store.folder.PutAside(absl::StrCat(absl::ToUnixMicros(store.clock.Now()))));
  store.log.Write(telemetry::Severity::kWarning, "rollback_accepted",
                  {{"why", std::string(refusal.message())},
                   {"old_origin", origin},
                   {"new_origin", new_origin}});
  return new_origin;
}

}  // namespace daybook::daybookd
