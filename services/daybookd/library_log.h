#pragma once

namespace daybook::daybookd {

// Makes what gRPC writes to stderr JSON lines too, and keeps protobuf, which
// would repeat what our own lines say of bad requests, silent.
void TameLibraryLogs();

}  // namespace daybook::daybookd
