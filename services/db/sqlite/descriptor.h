#pragma once

#include <unistd.h>

#include <utility>

namespace daybook::db::sqlite {

// Owns a file descriptor and closes it; a number below 0 is none.
//
// Thread-compatible.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }

  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace daybook::db::sqlite
