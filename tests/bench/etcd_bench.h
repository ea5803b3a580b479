#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// Puts into an etcd of one member, the value a serialised event: another durable
// gRPC store, at the same numbers in flight as RecordEvent. Where etcd is not
// installed, that is said and it is left out.
absl::Status RunEtcd(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
