#pragma once

#include <string>

#include <sys/mount.h>

#include "support/temp_folder.h"

namespace daybook::testing {

// A file system of its own that is soon full. Only root can mount one: a test
// asks IsThere() and skips, aloud, where it is not.
//
// Thread-compatible.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& size)
      : is_there_(mount("tmpfs", path().c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0) {}
  ~SmallDisk() {
    if (is_there_) umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool IsThere() const { return is_there_; }
  const std::string& path() const { return folder_.path(); }

  bool MakeReadOnly() const {
    return mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, "") == 0;
  }

 private:
  TempFolder folder_;
  bool is_there_;
};

}  // namespace daybook::testing
