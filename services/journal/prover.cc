#include "journal/prover.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/leaf.h"
#include "ledger/proof.h"
#include "ledger/tlog_proof.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::v1::FieldGroup;
using ::daybook::ledger::v1::GetCheckpointRequest;
using ::daybook::ledger::v1::GetCheckpointResponse;
using ::daybook::ledger::v1::GetConsistencyProofRequest;
using ::daybook::ledger::v1::GetConsistencyProofResponse;
using ::daybook::ledger::v1::GetInclusionProofRequest;
using ::daybook::ledger::v1::GetInclusionProofResponse;

absl::Status WrongFieldError(absl::string_view field, absl::string_view description) {
  return InvalidFieldError({.reason = Reason::kFieldInvalid,
                            .field = std::string(field),
                            .description = std::string(description)});
}

absl::Status NoCheckpointError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kNotFound, Reason::kCheckpointNotFound, what);
}

// The groups to open; an open enum may hold any number.
absl::StatusOr<std::set<FieldGroup>> GroupsOf(const GetInclusionProofRequest& request) {
  std::set<FieldGroup> groups;
  for (int i = 0; i < request.groups_size(); ++i) {
    const FieldGroup group = request.groups(i);
    const std::string field = absl::StrCat("groups[", i, "]");
    if (group == ledger::v1::FIELD_GROUP_UNSPECIFIED || !ledger::v1::FieldGroup_IsValid(group)) {
      return WrongFieldError(field, "is not a group of fields");
    }
    if (!groups.insert(group).second) return WrongFieldError(field, "is named twice");
  }
  return groups;
}

FieldGroup ToProto(ledger::Group group) { return static_cast<FieldGroup>(group); }

void AddOpenings(const ledger::OpenedLeaf& leaf, const std::set<FieldGroup>& asked,
                 GetInclusionProofResponse& response) {
  for (const ledger::Opening& opening : leaf.openings) {
    if (!asked.contains(ToProto(opening.group))) continue;
    auto& added = *response.add_openings();
    added.set_group(ToProto(opening.group));
    added.set_salt(std::string(ledger::AsBytes(opening.salt)));
    added.set_fields(opening.fields);
  }
  for (const ledger::Group group : leaf.erased) {
    if (asked.contains(ToProto(group))) response.add_erased_groups(ToProto(group));
  }
}

template <typename Response>
void AddProof(const std::vector<Hash>& proof, Response& response) {
  for (const Hash& hash : proof) response.add_proof(std::string(ledger::AsBytes(hash)));
}

}  // namespace

// Answers on the caller's thread: it only looks at what is in memory.
void Prover::GetCheckpoint(const GetCheckpointRequest& request,
                           Answer<GetCheckpointResponse> answer) {
  const Published newest =
      request.witnessed() ? checkpointer_.newest_witnessed() : checkpointer_.newest();
  if (newest == nullptr) {
    return std::move(answer)(NoCheckpointError(request.witnessed()
                                                   ? "no witness has cosigned a checkpoint yet"
                                                   : "the log is empty so far"));
  }
  GetCheckpointResponse response;
  response.set_checkpoint(newest->note);
  std::move(answer)(std::move(response));
}

void Prover::GetInclusionProof(const GetInclusionProofRequest& request,
                               Answer<GetInclusionProofResponse> answer) {
  RunOn<GetInclusionProofResponse>(
      pool_, [this, request] { return ProveInclusion(request); }, std::move(answer));
}

void Prover::GetConsistencyProof(const GetConsistencyProofRequest& request,
                                 Answer<GetConsistencyProofResponse> answer) {
  RunOn<GetConsistencyProofResponse>(
      pool_, [this, request] { return ProveConsistency(request); }, std::move(answer));
}

absl::StatusOr<Prover::Target> Prover::TargetOf(uint64_t asked, absl::string_view field,
                                                const PublishedCheckpoint& newest) {
  if (asked == 0 || LogSize(asked) == newest.head.size) {
    return Target{.size = newest.head.size, .note = newest.note};
  }
  if (LogSize(asked) > newest.head.size) {
    return WrongFieldError(
        field, absl::StrCat("is above the newest checkpoint's size, ", newest.head.size.value()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<storage::StoredCheckpoint> kept,
                           checkpoints_.OfSize(LogSize(asked)));
  return Target{.size = LogSize(asked), .note = kept ? std::move(kept->note) : std::string()};
}

absl::StatusOr<GetInclusionProofResponse> Prover::ProveInclusion(
    const GetInclusionProofRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::set<FieldGroup> groups, GroupsOf(request));
  const Seq seq(request.seq());
  const LogSize size = events_.Size();
  if (!size.Contains(seq)) return storage::EventNotFoundError(seq, size);
  const Checkpointer::Published newest = checkpointer_.newest();
  if (newest == nullptr || !newest->head.size.Contains(seq)) {
    return CheckpointPendingError("no checkpoint covers the event yet", kCheckpointDelay);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const Target target,
                           TargetOf(request.tree_size(), "tree_size", *newest));
  if (!target.size.Contains(seq)) return WrongFieldError("tree_size", "is not above seq");
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::OpenedLeaf leaf, events_.GetLeaf(seq));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                           ledger::ProveInclusion(seq, target.size, [this](auto nodes) {
                             return events_.ReadNodes(nodes);
                           }));

  GetInclusionProofResponse response;
  response.set_leaf_bytes(leaf.bytes);
  AddProof(proof, response);
  response.set_tree_size(target.size.value());
  response.set_checkpoint(target.note);
  AddOpenings(leaf, groups, response);
  return response;
}

absl::StatusOr<GetConsistencyProofResponse> Prover::ProveConsistency(
    const GetConsistencyProofRequest& request) {
  const Checkpointer::Published newest = checkpointer_.newest();
  if (newest == nullptr) return NoCheckpointError("the log is empty so far");
  DAYBOOK_ASSIGN_OR_RETURN(const Target target, TargetOf(request.new_size(), "new_size", *newest));
  const LogSize old_size(request.old_size());
  if (old_size == LogSize(0)) return WrongFieldError("old_size", "is 0");
  if (old_size > target.size) {
    return WrongFieldError("old_size",
                           absl::StrCat("is above the new size, ", target.size.value()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof,
                           ledger::ProveConsistency(old_size, target.size, [this](auto nodes) {
                             return events_.ReadNodes(nodes);
                           }));

  GetConsistencyProofResponse response;
  AddProof(proof, response);
  response.set_new_size(target.size.value());
  response.set_checkpoint(target.note);
  return response;
}

void Prover::AddProofs(std::vector<Receipt> receipts, audit::v1::WaitFor wait_for,
                       Answer<std::vector<Receipt>> answer) {
  const auto last = std::max_element(
      receipts.begin(), receipts.end(),
      [](const Receipt& one, const Receipt& other) { return one.seq < other.seq; });
  const LogSize needed(last->seq.value() + 1);
  Answer<Published> prove = [this, receipts = std::move(receipts), answer = std::move(answer)](
                                absl::StatusOr<Published> covering) mutable {
    if (!covering.ok()) return std::move(answer)(std::move(covering).status());
    WorkPool::Work work = [this, receipts = std::move(receipts), answer = std::move(answer),
                           checkpoint = *std::move(covering)]() mutable {
      std::move(answer)(Prove(std::move(receipts), *checkpoint));
    };
    // What is recorded is never told QUEUE_FULL: it would be recorded again.
    if (!pool_.TryAdd(work)) std::move(work)();
  };
  if (wait_for == audit::v1::WAIT_FOR_WITNESSED) {
    checkpointer_.WhenWitnessed(needed, std::move(prove));
  } else {
    checkpointer_.WhenCovered(needed, std::move(prove));
  }
}

absl::StatusOr<std::vector<Receipt>> Prover::Prove(std::vector<Receipt> receipts,
                                                   const PublishedCheckpoint& checkpoint) {
  for (Receipt& receipt : receipts) {
    DAYBOOK_ASSIGN_OR_RETURN(
        std::vector<Hash> proof,
        ledger::ProveInclusion(receipt.seq, checkpoint.head.size,
                               [this](auto nodes) { return events_.ReadNodes(nodes); }));
    receipt.proof = ledger::FormatTlogProof(
        {.index = receipt.seq, .hashes = std::move(proof), .checkpoint = checkpoint.note});
  }
  return receipts;
}

}  // namespace daybook::journal
