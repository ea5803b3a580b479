"""A request_id is recorded once, however often it is sent."""

import concurrent.futures
import unittest

from grpc import StatusCode

from harness.case import ServiceCase, StoreCase
from harness.client import Event
from harness.migrate import make_store


def place(receipt):
    """What a repeat must answer again."""
    return receipt.seq, receipt.leaf_hash, receipt.created_at.ToMicroseconds()


class RepeatedRequests(ServiceCase):

    def test_are_answered_with_the_first_receipt(self):
        first = self.client.record("once", action="login", user_id=1)
        size = self.client.size()

        for _ in range(3):
            again = self.client.record("once", action="login", user_id=1)
            self.assertEqual((place(again), again.duplicate), (place(first), True))

        self.assertFalse(first.duplicate)
        self.assertEqual(self.client.size(), size)

    def test_with_the_same_event_time_are_duplicates(self):
        event = Event(action="login")
        event.event_time.FromJsonString("2026-01-31T09:30:00.123456789Z")
        first = self.client.batch([("timed", event)])[0]

        again = self.client.batch([("timed", event)])[0]

        self.assertEqual((place(again), again.duplicate), (place(first), True))

    def test_with_another_spelling_of_the_address_are_duplicates(self):
        first = self.client.record("spelled", action="login", ip_address="2001:DB8::0:1")

        again = self.client.record("spelled", action="login", ip_address="2001:db8::1")

        self.assertEqual((place(again), again.duplicate), (place(first), True))

    def test_without_an_id_are_recorded_each_time(self):
        seqs = {self.client.record(action="login").seq for _ in range(3)}

        self.assertEqual(len(seqs), 3)

    def test_of_another_producer_are_their_own(self):
        billing = self.client_of(self.daemon, "billing")
        shop = self.client_of(self.daemon, "shop")

        receipts = [client.record("shared", action="paid", user_id=number)
                    for number, client in enumerate((self.client, billing, shop))]

        self.assertEqual(len({r.seq for r in receipts}), 3)
        self.assertFalse(any(r.duplicate for r in receipts))
        self.assertEqual(billing.get(receipts[1].seq).producer, "billing")

    def test_within_one_batch_are_recorded_once(self):
        event = Event(action="login", user_id=5)
        batch = [("b-1", event), ("b-2", event), ("b-1", event), ("", event)]

        receipts = self.client.batch(batch)

        first = receipts[0].seq
        self.assertEqual([r.seq for r in receipts], [first, first + 1, first, first + 2])
        self.assertEqual([r.duplicate for r in receipts], [False, False, True, False])

    def test_of_a_whole_batch_are_answered_with_its_receipts(self):
        batch = [(f"whole-{i}", Event(action="login", user_id=i)) for i in range(50)]
        first = self.client.batch(batch)
        size = self.client.size()

        again = self.client.batch(batch)

        self.assertEqual([place(r) for r in again], [place(r) for r in first])
        self.assertTrue(all(r.duplicate for r in again))
        self.assertEqual(self.client.size(), size)

    def test_in_a_batch_leave_the_new_rest_to_be_recorded(self):
        old = self.client.record("old", action="login", user_id=1)

        receipts = self.client.batch([("new-1", Event(action="login", user_id=2)),
                                      ("old", Event(action="login", user_id=1)),
                                      ("new-2", Event(action="login", user_id=3))])

        self.assertEqual([r.duplicate for r in receipts], [False, True, False])
        self.assertEqual(receipts[1].seq, old.seq)
        self.assertEqual(receipts[2].seq, receipts[0].seq + 1)

    def test_of_20_callers_at_once_are_one_event(self):
        size = self.client.size()

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            receipts = list(pool.map(
                lambda _: self.client.record("at-once", action="login", user_id=9), range(20)))

        self.assertEqual(len({place(r) for r in receipts}), 1)
        self.assertEqual([r.duplicate for r in receipts].count(False), 1)
        self.assertEqual(self.client.size(), size + 1)

    def test_of_20_callers_with_other_bodies_let_one_win(self):
        size = self.client.size()

        def record(number):
            try:
                return self.client.record("contested", action="login", user_id=number)
            except Exception as error:  # pylint: disable=broad-except
                return error.code()

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            outcomes = list(pool.map(record, range(20)))

        self.assertEqual(outcomes.count(StatusCode.ALREADY_EXISTS), 19, outcomes)
        self.assertEqual(self.client.size(), size + 1)


class RepeatedRequestsAfter(StoreCase):

    def assert_remembered_after(self, end):
        make_store(self.folder, "--segment-events", 8)
        daemon = self.start()
        client = self.client_of(daemon, "billing")
        first = [client.record(f"id-{i}", action="login", user_id=i) for i in range(20)]
        client.close()
        end(daemon)

        client = self.client_of(self.start(), "billing")
        again = [client.record(f"id-{i}", action="login", user_id=i) for i in range(20)]

        self.assertEqual([place(r) for r in again], [place(r) for r in first])
        self.assertTrue(all(r.duplicate for r in again))
        self.assertEqual(client.size(), 20)
        with self.assert_fails(StatusCode.ALREADY_EXISTS, "REQUEST_ID_REUSED"):
            client.record("id-3", action="logout")

    def test_a_restart_are_answered_with_the_first_receipt(self):
        self.assert_remembered_after(lambda daemon: self.assertEqual(daemon.stop(), 0))

    def test_a_sigkill_are_answered_with_the_first_receipt(self):
        self.assert_remembered_after(lambda daemon: daemon.kill())


if __name__ == "__main__":
    unittest.main()
