#include "journal/spool_watch.h"

#include <utility>

namespace daybook::journal {

SpoolWatch::SpoolWatch(SpoolImport import, absl::Duration pause)
    : import_(std::move(import)), pause_(pause), thread_([this] { Run(); }) {}

SpoolWatch::~SpoolWatch() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  has_ended_.NotifyAll();
  thread_.join();
}

void SpoolWatch::Run() {
  while (!ending_) {
    import_.ImportWaiting(ending_);
    const MutexLock lock(mutex_);
    if (!ending_) has_ended_.WaitFor(mutex_, pause_);
  }
}

}  // namespace daybook::journal
