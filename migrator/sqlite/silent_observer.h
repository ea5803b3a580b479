#pragma once

#include "migrator/sqlite/observer.h"

namespace daybook::migrator::sqlite {

// Tells nobody of what it hears.
class SilentObserver final : public Observer {
 public:
  void Phase(absl::string_view /*phase*/, absl::string_view /*text*/) override {}
  void Note(absl::string_view /*event*/, absl::string_view /*text*/,
            const Fields& /*fields*/) override {}
};

}  // namespace daybook::migrator::sqlite
