#pragma once

#include <gmock/gmock.h>

#include "migrator/migration/failure.h"
#include "support/status_matchers.h"

namespace daybook::testing {

MATCHER_P(FailsWith, code, "") {
  *result_listener << StatusOf(arg);
  return migration::IsFailure(StatusOf(arg)) && migration::ExitCodeOf(StatusOf(arg)) == code &&
         !migration::NextIn(StatusOf(arg)).empty();
}

}  // namespace daybook::testing
