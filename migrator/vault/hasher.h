#pragma once

#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace daybook::vault {

// SHA-256 of bytes that come piece by piece.
//
// Thread-compatible.
class Hasher {
 public:
  Hasher();
  void Add(absl::string_view bytes);

  // The hash of all that was added, in lower-case hex. The last call.
  std::string Finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace daybook::vault
