"""`daybook tail` beside a real service: what is recorded, across restarts, until it is stopped."""

import csv
import os
import signal
import unittest

from harness.case import ServiceCase, StoreCase
from harness.client import Client, Event
from harness.daemon import Daemon
from harness.following import Following
from harness.ledger import DONE, REFUSED, UNAVAILABLE, USAGE, daybook
from harness.metrics import metrics_of
from harness.migrate import make_store
from harness.waiting import wait_until


def tails_of(daemon):
    return metrics_of(daemon).get(("daybook_journal_tails", frozenset()), 0)


class TailCommand(ServiceCase):

    def setUp(self):
        super().setUp()
        # Last of all: so that the next test counts only its own.
        self.addCleanup(wait_until, lambda: tails_of(self.daemon) == 0, "somebody still follows")

    def tail(self, *arguments, **options):
        """Once the service follows for it."""
        before = tails_of(self.daemon)
        followed = self.enterContext(
            Following("tail", *arguments, "--address", self.daemon.address, **options))
        wait_until(lambda: tails_of(self.daemon) > before, "it does not follow")
        return followed

    def record(self, **fields):
        return self.client.record(action="tailed", **fields).seq

    def test_shows_what_is_recorded_after_it_began_and_nothing_else(self):
        self.record()
        followed = self.tail("--json")

        first, second = self.record(actor="user:홍"), self.record()

        self.assertEqual(followed.seqs(2), [first, second])
        self.assertEqual(followed.interrupt(), DONE)
        self.assertEqual((followed.line(), followed.rest_told()), ("", []))

    def test_begins_where_it_is_told_to_and_goes_on(self):
        seqs = [self.record() for _ in range(4)]
        followed = self.tail("--since-seq", seqs[1], "--json")

        self.assertEqual(followed.seqs(3), seqs[1:])
        late = self.record()
        self.assertEqual(followed.seqs(1), [late])

    def test_waits_for_the_event_that_it_is_told_to_begin_with(self):
        size = self.client.size()
        followed = self.tail("--since-seq", size + 2, "--json")

        self.client.batch([("", Event(action="tailed")) for _ in range(4)])

        self.assertEqual(followed.seqs(2), [size + 2, size + 3])

    def test_shows_what_matches_filter_and_options(self):
        followed = self.tail("details.amount > 10", "--outcome", "failure", "--action", "pay_*",
                             "--json")

        receipts = self.client.batch([
            ("", Event(action=action, details=f'{{"amount":{amount}}}'))
            for action, amount in (("pay_failed", 10), ("pay_failed", 11), ("pay_done", 12),
                                   ("login_failed", 13), ("pay_denied", 14), ("pay_failed", 15))])

        self.assertEqual(followed.seqs(2), [receipts[1].seq, receipts[5].seq])

    def test_csv_has_one_header_and_is_read_back(self):
        followed = self.tail("--csv")

        seqs = [self.record(actor="=1+1, \"x\""), self.record(actor="홍길동")]

        lines = [followed.line() for _ in range(3)]
        rows = list(csv.DictReader(lines))
        self.assertEqual([(row["seq"], row["actor"]) for row in rows],
                         [(str(seqs[0]), "'=1+1, \"x\""), (str(seqs[1]), "홍길동")])
        self.assertEqual({row["created_at"][-1] for row in rows}, {"Z"})

    def test_a_table_shows_local_time_or_utc(self):
        seq = self.record()
        micros = self.client.get(seq).created_at.ToMicroseconds()
        around = {"env": os.environ | {"TZ": "Asia/Seoul"}}
        hour = micros // 3_600_000_000 % 24

        for arguments, zone, shown in (((), "+09:00", (hour + 9) % 24),
                                       (("--utc",), "+00:00", hour)):
            with self.subTest(arguments):
                followed = self.tail("--since-seq", seq, *arguments, **around)
                self.assertEqual(followed.line().split()[:2], ["SEQ", "RECORDED"])
                number, _, time, of_zone, *_ = followed.line().split()
                self.assertEqual((int(number), int(time[:2]), of_zone), (seq, shown, zone))
                self.assertEqual(followed.interrupt(), DONE)

    def test_each_signal_ends_it_with_0(self):
        for by in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(by):
                followed = self.tail("--json")
                self.assertEqual(followed.interrupt(by), DONE)
                self.assertEqual(followed.rest_told(), [])

    def test_a_reader_that_has_gone_ends_it_with_0(self):
        followed = self.tail("--since-seq", self.record(), "--json")
        followed.line()
        followed.stop_reading()

        self.assertEqual(followed.wait(), DONE)
        self.assertEqual(followed.rest_told(), [])

    def test_a_filter_with_a_mistake_ends_it_with_1_and_says_where(self):
        for arguments, column, whole in (
                (("tenant = a AND colour = red",), 16, None),
                (("colour = red", "--user-id", 7), 2, "(colour = red) AND (user_id = 7)"),
                (("action =",), 9, None)):
            with self.subTest(arguments):
                ended = daybook("tail", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (REFUSED, ""), ended)
                self.assertIn(f"column {column}:", ended.err)
                self.assertEqual("the whole filter" in ended.err, whole is not None, ended)
                self.assertIn(whole or "", ended.err)

    def test_wrong_arguments_end_it_with_2(self):
        for arguments in (("--since-seq", "soon"), ("--json", "--csv"), ("--outcome", "maybe"),
                          ("--since", "1h"), ("action = a", "action = b")):
            with self.subTest(arguments):
                ended = daybook("tail", *arguments, "--address", self.daemon.address)
                self.assertEqual((ended.code, ended.out), (USAGE, ""), ended)


class AcrossRestarts(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)

    def follow(self, address, *arguments):
        return self.enterContext(Following("tail", *arguments, "--json", "--address", address))

    def record(self, daemon, count):
        with Client(daemon.address) as client:
            return [client.record(action="tailed").seq for _ in range(count)]

    def check(self, end, *arguments):
        """A tail shows all that is recorded over two restarts; what it told of each."""
        daemon = self.start()
        address = daemon.address
        followed = self.follow(address, *arguments)
        wait_until(lambda: tails_of(daemon) > 0, "it does not follow")
        seqs = self.record(daemon, 3)
        shown = followed.seqs(3)
        told = []
        for _ in range(2):
            end(daemon)
            told.append(followed.told())
            # What is recorded while it cannot hear it, too.
            with Daemon(self.folder) as elsewhere:
                seqs += self.record(elsewhere, 4)
                elsewhere.stop()
            daemon = self.start(listen=address)
            seqs += self.record(daemon, 2)
            shown += followed.seqs(6)
            told.append(followed.told())

        self.assertEqual(shown, seqs)
        self.assertEqual(seqs, [*range(len(seqs))])
        self.assertEqual(followed.interrupt(), DONE)
        self.assertEqual(followed.rest_told(), [])
        return told

    def assert_told_of(self, told):
        for line, expected in zip(told, ("trying again, from event 3 on", "goes on with event 3",
                                         "trying again, from event 9 on", "goes on with event 9"),
                                  strict=True):
            self.assertIn(expected, line)

    def test_nothing_is_missed_or_shown_twice_where_the_service_is_stopped(self):
        self.assert_told_of(self.check(lambda daemon: daemon.stop(), "--since-seq", 0))

    def test_nothing_is_missed_or_shown_twice_where_the_service_is_killed(self):
        self.assert_told_of(self.check(lambda daemon: daemon.kill()))

    def test_it_ends_while_there_is_no_service(self):
        daemon = self.start()
        followed = self.follow(daemon.address, "--since-seq", 0)
        self.record(daemon, 1)
        followed.seqs(1)
        daemon.kill()
        self.assertIn("trying again", followed.told())

        self.assertEqual(followed.interrupt(signal.SIGTERM), DONE)

    def test_where_no_service_is_from_the_beginning_it_ends_with_4(self):
        daemon = self.start()
        daemon.stop()

        ended = daybook("tail", "--address", daemon.address)

        self.assertEqual((ended.code, ended.out), (UNAVAILABLE, ""), ended)
        self.assertIn(f"is daybookd running at {daemon.address}?", ended.err)


if __name__ == "__main__":
    unittest.main()
