#include "daybookd/open_files.h"

#include <sys/resource.h>

namespace daybook::daybookd {

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // otherwise it stays as it was
}

}  // namespace daybook::daybookd
