"""A disk that is slow makes calls retry; it does not make them wait without end.

strace holds up each sync.
"""

import concurrent.futures
import unittest

from grpc import RpcError, StatusCode

from harness.book import Book
from harness.case import StoreCase
from harness.client import Event, Failure
from harness.environment import require_injection
from harness.migrate import make_store

SYNCS = "fdatasync,fsync"
CALLERS = 40


class SlowDisk(StoreCase):

    def test_is_told_with_the_time_to_come_back(self):
        make_store(self.folder)
        slowly = [STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={SYNCS}",
                  "-e", f"inject={SYNCS}:delay_enter=500ms"]
        daemon = self.start("--max-waiting-events", "4", wrapper=slowly)
        book = Book()
        client = self.client_of(daemon)

        def record(number):
            requests = [(f"event-{number}", Event(action="login"))]
            try:
                book.send(client, requests)
            except RpcError as error:
                book.forget(requests)
                return Failure.of(error)
            return None

        with concurrent.futures.ThreadPoolExecutor(CALLERS) as pool:
            failures = [failure for failure in pool.map(record, range(CALLERS)) if failure]

        self.assertTrue(failures, "nobody was turned away")
        self.assertGreater(book.acknowledged, 0)
        for failure in failures:
            self.assertEqual((failure.code, failure.reason),
                             (StatusCode.RESOURCE_EXHAUSTED, "QUEUE_FULL"), failure)
            self.assertGreater(failure.retry_seconds, 0, failure)
        self.assertEqual(book.check(client, self), book.acknowledged)


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
