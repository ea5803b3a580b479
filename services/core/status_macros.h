#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the enclosing function when `expr` is not OK.
#define DAYBOOK_RETURN_IF_ERROR(expr) \
  DAYBOOK_RETURN_IF_ERROR_(DAYBOOK_CONCAT_(status_, __LINE__), expr)

#define DAYBOOK_RETURN_IF_ERROR_(var, expr)     \
  do {                                          \
    if (absl::Status var = (expr); !var.ok()) { \
      return var;                               \
    }                                           \
  } while (false)

// Moves the value of the StatusOr `expr` into `lhs`, or returns its error.
// Expands to several statements: never the body of an unbraced `if`.
#define DAYBOOK_ASSIGN_OR_RETURN(lhs, expr) \
  DAYBOOK_ASSIGN_OR_RETURN_(DAYBOOK_CONCAT_(status_or_, __LINE__), lhs, expr)

#define DAYBOOK_ASSIGN_OR_RETURN_(var, lhs, expr) \
  auto var = (expr);                              \
  if (!var.ok()) return std::move(var).status();  \
  lhs = *std::move(var)

#define DAYBOOK_CONCAT_(a, b) DAYBOOK_CONCAT_INNER_(a, b)
#define DAYBOOK_CONCAT_INNER_(a, b) a##b
