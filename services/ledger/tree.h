#pragma once

#include "ledger/hash.h"

namespace daybook::ledger {

// The Merkle tree of RFC 6962, over leaf hashes.

// The hash of a node with two children.
Hash NodeHash(const Hash& left, const Hash& right);

}  // namespace daybook::ledger
