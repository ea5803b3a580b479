"""While the disk cannot sync, no call is answered with OK; afterwards all goes on.

strace makes fdatasync and fsync fail with EIO.
"""

import unittest

from grpc import RpcError, StatusCode

from harness.book import Book
from harness.case import StoreCase
from harness.client import Event, Failure
from harness.environment import require_injection
from harness.migrate import make_store

SYNCS = "fdatasync,fsync"


def failing(when):
    # -D: the daemon itself is our child, and takes our signals.
    return [STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYNCS}",
            "-e", f"inject={SYNCS}:error=EIO:when={when}"]


class FailingSync(StoreCase):

    def setUp(self):
        super().setUp()
        self.book = Book()

    def record(self, client, request_id):
        """Records one event, which stays in doubt where it fails; the Failure."""
        try:
            self.book.send(client, [(request_id, Event(action="login", actor=request_id))])
        except RpcError as error:
            return Failure.of(error)
        return None

    def record_while_syncs_fail(self, when, events, *store_options):
        """Records through a daemon whose syncs fail; the failures by request_id."""
        make_store(self.folder, *store_options)
        self.daemon = self.start(wrapper=failing(when))
        client = self.client_of(self.daemon)
        failures = {}
        for number in range(events):
            if failure := self.record(client, f"event-{number}"):
                failures[f"event-{number}"] = failure
        self.assertTrue(failures, "no sync failed")
        for failure in failures.values():
            self.assertEqual((failure.code, failure.reason),
                             (StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE"), failure)
        self.assertTrue(self.daemon.is_running())
        return client, failures

    def test_once_is_told_and_the_service_goes_on(self):
        client, failures = self.record_while_syncs_fail("20", 60)

        self.assertLess(len(failures), 5)
        self.book.send_again(client, self)
        self.assertEqual(self.book.check(client, self), 60)

    def test_a_retry_at_once_doubles_nothing(self):
        # The commit fails, and so does the sync that closing the segment ends with:
        # the event stays in the WAL, where the next append's recovery finds it.
        make_store(self.folder)
        client = self.client_of(self.start(wrapper=failing("20..21")))
        failures = 0
        for number in range(30):
            while self.record(client, f"event-{number}"):
                failures += 1
                self.assertLess(failures, 10, "the syncs fail no more, and the calls still do")

        self.assertGreater(failures, 0, "no sync failed")
        self.assertEqual(self.book.check(client, self), 30)

    def test_now_and_then_loses_and_doubles_nothing(self):
        client, _ = self.record_while_syncs_fail("20+15", 100, "--segment-events", 16)

        self.book.check(client, self)

    def test_for_good_is_never_answered_with_ok(self):
        client, failures = self.record_while_syncs_fail("20+", 60)

        first = min(int(name.removeprefix("event-")) for name in failures)
        self.assertGreater(first, 0, "nothing was acknowledged before")
        self.assertEqual(len(failures), 60 - first, "an event was acknowledged without a sync")
        self.book.check(client, self)

    def test_then_a_sigkill_leaves_all_that_was_acknowledged(self):
        self.record_while_syncs_fail("20+15", 100, "--segment-events", 16)
        self.daemon.kill()

        client = self.client_of(self.start())

        self.book.check(client, self)
        self.book.send_again(client, self)
        self.assertEqual(self.book.check(client, self), 100)


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
