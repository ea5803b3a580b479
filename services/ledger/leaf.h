#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "ledger/hash.h"
#include "ledger/salt.h"

namespace daybook::ledger {

// Leaf v1, the bytes of an event that the ledger hashes. docs/ledger-format.md
// states the format; it is fixed for ever.

inline constexpr int kLeafVersion = 1;
inline constexpr size_t kMaxLeafBytes = 20'000;

// The parts of an event that a leaf holds only as commitments, so that each
// can be shown, or erased, alone.
enum class Group : uint8_t { kSubject = 1, kClient = 2, kObject = 3, kDetails = 4 };

inline constexpr std::array<Group, 4> kGroups = {Group::kSubject, Group::kClient, Group::kObject,
                                                 Group::kDetails};

// The fields of `group` that `event` has, encoded; empty where it has none.
std::string EncodeGroup(Group group, const audit::v1::Event& event);

// True where the event has a field in any group, and so needs a salt.
bool NeedsSalt(const audit::v1::Event& event);

// The salt of one group, and the commitment to its fields under that salt.
Hash GroupSalt(Group group, const Salt& salt);
Hash Commit(Group group, const Hash& group_salt, const std::string& encoded);

// The commitments to the groups of an event; none where it has no field of one.
class Commitments {
 public:
  Commitments() = default;
  // Of the groups that `event` has fields of, under its salt.
  Commitments(const audit::v1::Event& event, const Salt& salt);

  const std::optional<Hash>& operator[](Group group) const { return hashes_[PlaceOf(group)]; }
  void Set(Group group, const Hash& commitment) { hashes_[PlaceOf(group)] = commitment; }

 private:
  static size_t PlaceOf(Group group) { return static_cast<size_t>(group) - 1; }

  std::array<std::optional<Hash>, kGroups.size()> hashes_ = {};
};

// A leaf whose record time is still open: everything that can be computed
// before the event has its place.
//
// Immutable.
class LeafDraft {
 public:
  // `event` holds resolved values. An event_time that is not set will be the
  // record time.
  LeafDraft(const audit::v1::Event& event, const Salt& salt);
  // One whose groups are only known by their commitments.
  LeafDraft(const audit::v1::Event& event, const Commitments& commitments);

  // The leaf's bytes, and its hash in the tree, once recorded at `created_at`.
  std::string Bytes(Micros created_at) const;
  Hash HashAt(Micros created_at) const;

 private:
  std::string Encode(Micros created_at, size_t prefix_bytes) const;

  std::optional<Micros> event_time_;
  std::string rest_;  // fields 3 to 15, encoded
};

// The leaf hash of an event as a store holds it.
Hash LeafHashOf(const audit::v1::Event& stored, const Salt& salt);

// What shows the fields behind one commitment.
struct Opening {
  Group group = Group::kSubject;
  Hash salt = {};      // of the group
  std::string fields;  // encoded
};

// A leaf, and what it holds as commitments.
struct OpenedLeaf {
  std::string bytes;
  std::vector<Opening> openings = {};  // of the groups that are there, by number
  std::vector<Group> erased = {};      // of these only the commitment is left
};

}  // namespace daybook::ledger
