#pragma once

namespace daybook::bench {

// A TCP port of 127.0.0.1 that nobody listened on a moment ago, for programs
// that cannot be asked to take one themselves; 0 where there is none.
int FreePort();

}  // namespace daybook::bench
