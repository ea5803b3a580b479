#include "daybook/evidence/case_item.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/failure.h"
#include "google/protobuf/util/message_differencer.h"
#include "ledger/leaf_parser.h"
#include "ledger/redaction.h"
#include "ledger/tree.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::ledger::Group;
using ::daybook::ledger::Hash;

absl::Status AtEvent(Seq seq, absl::string_view what) {
  return NotVerifiedError(absl::StrCat("event ", seq.value(), ": ", what));
}

// Reads the fields of one opening into the event.
absl::Status Open(const ledger::v1::Opening& opening, const ledger::Commitments& commitments,
                  Event& event) {
  Hash salt;
  if (!ledger::v1::FieldGroup_IsValid(opening.group()) || opening.group() == 0 ||
      opening.salt().size() != salt.size()) {
    return absl::InvalidArgumentError("an opening of no group, or a salt that is not 32 bytes");
  }
  const auto group = static_cast<Group>(opening.group());
  std::copy(opening.salt().begin(), opening.salt().end(), salt.begin());
  if (commitments[group] != ledger::Commit(group, salt, opening.fields())) {
    return absl::InvalidArgumentError(
        absl::StrCat("what it shows of ", ledger::GroupName(group), " is not what was recorded"));
  }
  return ledger::ParseGroup(group, opening.fields(), event);
}

bool IsOpened(const ledger::v1::GetInclusionProofResponse& openings, int group) {
  return std::any_of(openings.openings().begin(), openings.openings().end(),
                     [group](const auto& opening) { return opening.group() == group; });
}

}  // namespace

std::optional<Group> GroupNamed(absl::string_view name) {
  for (const Group group : ledger::kGroups) {
    if (ledger::GroupName(group) == name) return group;
  }
  return std::nullopt;
}

absl::StatusOr<Event> ProvenEvent(const CaseItem& item, const ledger::TreeHead& head) {
  const Hash hash = ledger::LeafHash(item.leaf_bytes);
  const absl::Status included =
      ledger::VerifyInclusion(hash, item.seq, head.size, item.proof, head.root);
  if (!included.ok()) return AtEvent(item.seq, included.message());
  const absl::StatusOr<ledger::Leaf> leaf = ledger::ParseLeaf(item.leaf_bytes);
  if (!leaf.ok()) return AtEvent(item.seq, leaf.status().message());
  Event event = leaf->event;
  int last_group = 0;
  for (const ledger::v1::Opening& opening : item.openings.openings()) {
    if (opening.group() <= last_group) return AtEvent(item.seq, "openings that are not in order");
    last_group = opening.group();
    const absl::Status opened = Open(opening, leaf->commitments, event);
    if (!opened.ok()) return AtEvent(item.seq, opened.message());
  }
  for (const int group : item.openings.erased_groups()) {
    const bool is_left_out = ledger::v1::FieldGroup_IsValid(group) && group != 0 &&
                             leaf->commitments[static_cast<Group>(group)].has_value() &&
                             !IsOpened(item.openings, group);
    if (!is_left_out) return AtEvent(item.seq, "a group that is there is said to be erased");
  }
  event.set_seq(item.seq.value());
  event.set_leaf_hash(std::string(ledger::AsBytes(hash)));
  return event;
}

absl::Status CheckShown(const Event& shown, const Event& proven) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  if (differencer.Compare(proven, shown)) return absl::OkStatus();
  return AtEvent(Seq(proven.seq()),
                 absl::StrCat("what is shown is not what was recorded: ", differences));
}

}  // namespace daybook::cli::evidence
