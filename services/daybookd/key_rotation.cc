#include "daybookd/key_rotation.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/key_change.h"

namespace daybook::daybookd {
namespace {

using ::daybook::ledger::KeyChange;
using ::daybook::ledger::VerifierKey;
using ::daybook::signer::LogSigner;
using ::daybook::storage::sqlite::LogKey;

absl::Status RefusedError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused, why);
}

std::string IdOf(const VerifierKey& key) { return absl::StrFormat("%08x", key.id()); }

const LogKey* Find(const std::vector<LogKey>& keys, const VerifierKey& key) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const LogKey& each) {
    return each.verifier == key.ToString();
  });
  return found == keys.end() ? nullptr : &*found;
}

absl::StatusOr<VerifierKey> KeyIn(const LogKey& row) {
  absl::StatusOr<VerifierKey> key = VerifierKey::Parse(row.verifier);
  if (key.ok()) return key;
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("ledger.db: a signing key: ", key.status().message()));
}

// All that the log has signed with or is about to, the newest first.
absl::Status LetKnow(LogSigner& signer, const std::vector<LogKey>& rows) {
  std::vector<VerifierKey> known;
  for (const LogKey& row : rows) {
    DAYBOOK_ASSIGN_OR_RETURN(VerifierKey key, KeyIn(row));
    known.insert(known.begin(), std::move(key));
  }
  for (const VerifierKey& key : signer.held()) {
    if (Find(rows, key) == nullptr) known.insert(known.begin(), key);
  }
  signer.Know(std::move(known));
  return absl::OkStatus();
}

// What the log has yet to say.
struct Plan {
  std::optional<VerifierKey> first;  // it signs with this one, and no event need say so
  std::vector<KeyChange> added;
  std::vector<KeyChange> retired;

  bool is_empty() const { return !first && added.empty() && retired.empty(); }
};

// A log that never signed has no key to go on from.
std::optional<VerifierKey> FirstKey(const LogSigner& signer, const std::vector<LogKey>& rows,
                                    bool was_signed) {
  const bool has_only_an_unused_one =
      rows.size() == 1 && !was_signed &&
      std::none_of(signer.held().begin(), signer.held().end(),
                   [&](const VerifierKey& key) { return Find(rows, key) != nullptr; });
  if (!rows.empty() && !has_only_an_unused_one) return std::nullopt;
  for (const VerifierKey& key : signer.held()) {
    if (signer.HasSignedLast(key)) return key;
  }
  return signer.verifier();
}

// One that the log signs with, and that has signed what was signed last.
absl::StatusOr<VerifierKey> Voucher(const LogSigner& signer, const StoreParts& store,
                                    const std::vector<LogKey>& rows) {
  for (const VerifierKey& key : signer.held()) {
    const LogKey* const row = Find(rows, key);
    if (row != nullptr && row->retired) {
      return RefusedError(absl::StrCat("the log has retired the key ", IdOf(key), " with event ",
                                       row->retired->value(),
                                       ", and signs with it no more: take it away, and make "
                                       "another with `daybook key rotate`"));
    }
  }
  for (const VerifierKey& key : signer.held()) {
    if (Find(rows, key) != nullptr && (!signer.last() || signer.HasSignedLast(key))) return key;
  }
  return RefusedError(absl::StrCat(
      store.folder.KeyFile(),
      ": the log signs with another key: put that back. A key is not exchanged, the next one signs "
      "beside it for a while: `daybook key rotate`"));
}

absl::StatusOr<Plan> PlanFor(const LogSigner& signer, const StoreParts& store,
                             std::vector<LogKey> rows) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<storage::StoredCheckpoint> kept,
                           store.ledger.Newest());
  Plan plan{.first = FirstKey(signer, rows, kept || signer.last()), .added = {}, .retired = {}};
  if (plan.first) rows = {{.verifier = plan.first->ToString()}};
  DAYBOOK_ASSIGN_OR_RETURN(const VerifierKey voucher, Voucher(signer, store, rows));
  for (const VerifierKey& key : signer.held()) {
    if (Find(rows, key) == nullptr) plan.added.push_back({.key = key, .signed_by = voucher});
  }
  for (const LogKey& row : rows) {
    if (row.retired) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const VerifierKey key, KeyIn(row));
    const bool is_held =
        std::any_of(signer.held().begin(), signer.held().end(),
                    [&](const VerifierKey& held) { return held.ToString() == row.verifier; });
    if (!is_held) plan.retired.push_back({.key = key, .signed_by = voucher});
  }
  return plan;
}

// A crash may have come between the last event and its row; nothing is recorded in
// between.
absl::Status TakeLastEvent(const StoreParts& store, const std::string& origin,
                           std::vector<LogKey>& rows) {
  const uint64_t size = store.events.Size().value();
  if (size == 0) return absl::OkStatus();
  const Seq seq(size - 1);
  DAYBOOK_ASSIGN_OR_RETURN(const audit::v1::Event event, store.events.Get(seq));
  const bool adds = event.action() == ledger::kKeyAddedAction;
  const bool retires = event.action() == ledger::kKeyRetiredAction;
  if (event.source() != audit::v1::SOURCE_SERVICE || (!adds && !retires)) return absl::OkStatus();
  const std::optional<KeyChange> change = ledger::ParseKeyChange(event.public_details());
  if (!change || change->key.name() != origin) return absl::OkStatus();
  const LogKey* const row = Find(rows, change->key);
  LogKey right = row != nullptr ? *row : LogKey{.verifier = change->key.ToString(), .added = seq};
  if (retires) right.retired = seq;
  if (row != nullptr && *row == right) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(store.ledger.PutKey(right));
  DAYBOOK_ASSIGN_OR_RETURN(rows, store.ledger.Keys());
  return absl::OkStatus();
}

absl::Status Declare(const std::string& action, const KeyChange& change, const StoreParts& store,
                     LogKey row) {
  DAYBOOK_ASSIGN_OR_RETURN(const Seq seq,
                           RecordOwnEvent(action, ledger::FormatKeyChange(change), store));
  const bool adds = action == ledger::kKeyAddedAction;
  (adds ? row.added : row.retired) = seq;
  DAYBOOK_RETURN_IF_ERROR(store.ledger.PutKey(row));
  store.log.Write(telemetry::Severity::kInfo, adds ? "signing_key_added" : "signing_key_retired",
                  {{"key", change.key.ToString()},
                   {"signed_by", change.signed_by.ToString()},
                   {"seq", static_cast<int64_t>(seq.value())}});
  return absl::OkStatus();
}

absl::Status Carry(const Plan& plan, const StoreParts& store) {
  if (plan.first) DAYBOOK_RETURN_IF_ERROR(store.ledger.PutFirstKey(plan.first->ToString()));
  for (const KeyChange& change : plan.added) {
    DAYBOOK_RETURN_IF_ERROR(
        Declare(ledger::kKeyAddedAction, change, store, {.verifier = change.key.ToString()}));
  }
  for (const KeyChange& change : plan.retired) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<LogKey> rows, store.ledger.Keys());
    const LogKey* const row = Find(rows, change.key);
    if (row == nullptr) continue;
    DAYBOOK_RETURN_IF_ERROR(Declare(ledger::kKeyRetiredAction, change, store, *row));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckSigner(LogSigner& signer, const StoreParts& store) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<LogKey> rows, store.ledger.Keys());
  DAYBOOK_RETURN_IF_ERROR(LetKnow(signer, rows));
  DAYBOOK_RETURN_IF_ERROR(journal::Checkpointer::Check(signer, CheckpointerParts(store)));
  return PlanFor(signer, store, std::move(rows)).status();
}

absl::Status DeclareKeys(LogSigner& signer, const StoreParts& store) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<LogKey> rows, store.ledger.Keys());
  DAYBOOK_RETURN_IF_ERROR(TakeLastEvent(store, signer.origin(), rows));
  DAYBOOK_RETURN_IF_ERROR(LetKnow(signer, rows));
  const absl::StatusOr<Plan> plan = PlanFor(signer, store, rows);
  if (!plan.ok() || !plan->is_empty()) {
    // A log that is not what was signed is refused for that; and the last checkpoint
    // of a key is kept, which those need who know only this one.
    DAYBOOK_RETURN_IF_ERROR(journal::Checkpointer::KeepLast(signer, CheckpointerParts(store)));
  }
  DAYBOOK_RETURN_IF_ERROR(plan.status());
  DAYBOOK_RETURN_IF_ERROR(Carry(*plan, store));
  DAYBOOK_ASSIGN_OR_RETURN(rows, store.ledger.Keys());
  DAYBOOK_RETURN_IF_ERROR(LetKnow(signer, rows));
  return signer.ShowKnown();
}

}  // namespace daybook::daybookd
