"""A Python client records events and reads each of them back exactly once."""

import threading
import unittest

from harness.case import ServiceCase
from harness.client import Event

EVENTS = 1000


class PythonClient(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.receipts = [cls.client.record(action="deposit_confirmed", user_id=i, actor=f"user:{i}")
                        for i in range(EVENTS)]
        cls.mine = {"filter": "action = deposit_confirmed"}

    def test_receipts_are_dense_and_in_order(self):
        first = self.receipts[0].seq

        self.assertEqual([r.seq for r in self.receipts], list(range(first, first + EVENTS)))
        self.assertEqual({len(r.leaf_hash) for r in self.receipts}, {32})
        self.assertFalse(any(r.duplicate for r in self.receipts))
        times = [r.created_at.ToMicroseconds() for r in self.receipts]
        self.assertEqual(times, sorted(times))

    def test_pages_of_any_size_hold_each_event_once_newest_first(self):
        expected = list(range(EVENTS - 1, -1, -1))
        for size in (1000, 100, 999, 333, 7):
            with self.subTest(size):
                pages = list(self.client.pages(page_size=size, **self.mine))

                self.assertEqual([e.user_id for page in pages for e in page.events], expected)
                self.assertTrue(all(len(page.events) <= size for page in pages))
                self.assertEqual(len({page.as_of_size for page in pages}), 1)

    def test_pages_in_the_other_order_hold_each_event_once_oldest_first(self):
        events = self.client.all(page_size=100, order_by="seq", **self.mine)

        self.assertEqual([e.user_id for e in events], list(range(EVENTS)))

    def test_page_size_may_change_between_pages(self):
        token, seen = "", []
        for size in (1, 10, 500, 100, 1000):
            page = self.client.query(page_size=size, page_token=token, **self.mine)
            seen += [e.user_id for e in page.events]
            token = page.next_page_token

        self.assertEqual(seen, list(range(EVENTS - 1, -1, -1)))
        self.assertFalse(token)

    def test_default_page_holds_100(self):
        self.assertEqual(len(self.client.query(**self.mine).events), 100)

    def test_pages_see_one_snapshot_while_others_record(self):
        stop = threading.Event()
        recorded = []

        def keep_recording():
            while not stop.is_set():
                recorded.append(self.client.record(action="login", actor="meanwhile").seq)

        size = self.client.size()
        writer = threading.Thread(target=keep_recording)
        writer.start()
        try:
            pages = list(self.client.pages(page_size=100))
        finally:
            stop.set()
            writer.join()

        as_of = pages[0].as_of_size
        self.assertGreaterEqual(as_of, size)
        self.assertEqual({page.as_of_size for page in pages}, {as_of})
        self.assertEqual([e.seq for page in pages for e in page.events],
                         list(range(as_of - 1, -1, -1)))
        self.assertGreater(max(recorded), as_of - 1)

    def test_an_older_snapshot_can_be_asked_for(self):
        as_of = self.receipts[0].seq + 500

        events = self.client.all(page_size=200, as_of_size=as_of, **self.mine)

        self.assertEqual([e.user_id for e in events], list(range(499, -1, -1)))

    def test_each_event_can_be_got_and_matches_its_receipt(self):
        for i, receipt in enumerate(self.receipts):
            event = self.client.get(receipt.seq)

            self.assertEqual((event.seq, event.user_id, event.actor), (receipt.seq, i, f"user:{i}"))
            self.assertEqual(event.leaf_hash, receipt.leaf_hash)
            self.assertEqual(event.created_at, receipt.created_at)

    def test_every_field_comes_back_as_it_was_sent(self):
        sent = Event(
            action="transfer_failed", reason="INSUFFICIENT_FUNDS", user_id=-(2**63),
            telegram_id="Ω 123", actor="user:7f3a", resource_type="deposit_transaction",
            resource_id="42", details='{ "amount" : 1.50, "name":"홍길동" }',
            ip_address="::ffff:203.0.113.9", user_agent="curl/8", tenant="shop-1",
            producer_sequence=0, trace_id="0af7651916cd43dd8448eb211c80319c", correlation_id="c-1")
        sent.event_time.FromJsonString("2026-01-31T09:30:00.123456789Z")

        stored = self.client.get(self.client.batch([("id-1", sent)])[0].seq)

        self.assertEqual(stored.ip_address, "203.0.113.9")
        self.assertEqual(stored.event_time.ToJsonString(), "2026-01-31T09:30:00.123456Z")
        self.assertEqual((stored.outcome, stored.source), (2, 3))
        self.assertEqual((stored.producer, stored.request_id), ("anonymous", "id-1"))
        for field in ("action", "reason", "user_id", "telegram_id", "actor", "resource_type",
                      "resource_id", "details", "user_agent", "tenant", "trace_id",
                      "correlation_id"):
            self.assertEqual(getattr(stored, field), getattr(sent, field), field)
        self.assertTrue(stored.HasField("producer_sequence"))

    def test_what_was_not_sent_is_absent_or_decided(self):
        stored = self.client.get(self.client.record(action="login").seq)

        self.assertFalse(stored.HasField("user_id"))
        self.assertFalse(stored.HasField("producer_sequence"))
        self.assertEqual(stored.event_time, stored.created_at)
        self.assertEqual((stored.tenant, stored.outcome), ("default", 1))

    def test_output_fields_of_a_request_are_ignored(self):
        forged = Event(action="login", seq=7, producer="daybook", source=1, request_id="forged",
                       leaf_hash=b"x" * 32, public_details='{"a":1}')
        forged.created_at.seconds = 1

        receipt = self.client.batch([("", forged)])[0]

        stored = self.client.get(receipt.seq)
        self.assertEqual((stored.producer, stored.source), ("anonymous", 3))
        self.assertEqual((stored.request_id, stored.public_details), ("", ""))
        self.assertEqual(stored.leaf_hash, receipt.leaf_hash)
        self.assertGreater(stored.created_at.seconds, 1)

    def test_a_batch_is_recorded_in_order_without_gap(self):
        receipts = self.client.batch([("", Event(action="batch", user_id=i)) for i in range(300)])

        first = receipts[0].seq
        self.assertEqual([r.seq for r in receipts], list(range(first, first + 300)))
        self.assertEqual([self.client.get(r.seq).user_id for r in receipts], list(range(300)))
        self.assertEqual(len({r.created_at.ToMicroseconds() for r in receipts}), 1)
        self.assertEqual(len({r.leaf_hash for r in receipts}), 300)

    def test_read_mask_returns_only_those_fields(self):
        page = self.client.query(page_size=1, read_mask={"paths": ["seq", "user_id"]}, **self.mine)

        self.assertEqual({f.name for f, _ in page.events[0].ListFields()}, {"seq", "user_id"})


if __name__ == "__main__":
    unittest.main()
