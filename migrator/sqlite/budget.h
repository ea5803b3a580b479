#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/migration/v1/migration.pb.h"

namespace daybook::migrator::sqlite {

// Holds a migration to the times that it may take.
//
// Thread-compatible.
class Budget {
 public:
  // The whole begins now. `clock` must outlive it.
  Budget(const migration::v1::Budget& declared, const Clock& clock);

  // A part begins, and the one before it is over.
  void Begin(absl::string_view part, uint32_t seconds);
  // Whatever was declared, the whole must end by `end`, which `set_by` names.
  void EndBy(absl::Time end, absl::string_view set_by);
  // Writers are kept out from now on.
  void BeginLock();

  // Whether the part, the lock or the whole takes longer than it may.
  bool IsOver() const { return !Overrun().empty(); }

  // kBudget where IsOver, saying what took too long.
  absl::Status Check() const;

 private:
  struct Limit {
    std::string what = {};
    absl::Time end = absl::InfiniteFuture();
    uint32_t seconds = 0;
  };
  Limit From(absl::string_view what, uint32_t seconds) const;
  std::string Overrun() const;

  const migration::v1::Budget declared_;
  const Clock& clock_;
  Limit whole_;
  absl::Time end_ = absl::InfiniteFuture();
  std::string end_set_by_;
  Limit lock_;
  Limit part_;
};

}  // namespace daybook::migrator::sqlite
