#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "ledger/hash.h"

namespace daybook::journal {

// What is said of one recorded event, on its way to becoming a message.
struct Receipt {
  Seq seq{0};
  Micros created_at = 0;
  ledger::Hash leaf_hash{};
  bool duplicate = false;
  std::string proof = {};  // offline, where one was asked for

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

inline void ToProto(const Receipt& receipt, audit::v1::Receipt& proto) {
  proto.set_seq(receipt.seq.value());
  SetTimestamp(receipt.created_at, proto.mutable_created_at());
  const absl::string_view hash = ledger::AsBytes(receipt.leaf_hash);
  proto.set_leaf_hash(hash.data(), hash.size());
  proto.set_duplicate(receipt.duplicate);
  proto.set_proof(receipt.proof);
}

}  // namespace daybook::journal
