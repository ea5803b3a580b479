#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace daybook::vault {

// A secret of 32 bytes that files are encrypted with; wiped from memory when it
// goes. It is never logged and never written.
//
// Immutable.
class Key {
 public:
  using Bytes = std::array<uint8_t, 32>;

  // Reads a file of 32 bytes, or of 64 hex digits with a line end or without.
  //
  // NOT_FOUND         there is no such file
  // INVALID_ARGUMENT  it holds anything else
  // otherwise as durable_file.h says
  static absl::StatusOr<Key> Read(const std::string& path);

  explicit Key(const Bytes& bytes) : bytes_(bytes) {}
  Key(Key&& other) noexcept : bytes_(other.bytes_) {}
  Key& operator=(Key&&) = delete;
  ~Key();

  const Bytes& bytes() const { return bytes_; }

  // 16 hex digits that tell keys apart and say nothing about them.
  std::string Id() const;

 private:
  Bytes bytes_;
};

// What is wrong with who may read or write a key's file; "" where only its
// owner may. A warning: an orchestrator mounts secrets as it likes.
std::string PermissionFault(const std::string& path);

}  // namespace daybook::vault
