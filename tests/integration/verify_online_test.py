"""`daybook verify --online` believes a service nothing that it does not prove."""

import json
import unittest

from harness import merkle
from harness.case import ServiceCase
from harness.client import Event
from harness.erasing import DETAILS, SUBJECT, erase
from harness.ledger import DONE, NOT_VERIFIED, UNAVAILABLE, USAGE, Ledger, daybook
from harness.ledger import size_in, verifier_file
from harness.proxy import Proxy

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit
from daybook.audit.v1 import event_pb2

EVENTS = 1_300  # more than a page
OLDER, CHANGED = 900, 1_100


def event_of(number):
    return Event(action="withdrawal", telegram_id=f"tg-{number % 5}", resource_id=f"r-{number}",
                 ip_address="203.0.113.9", details=f'{{"n":{number}}}', outcome=1 + number % 3)


def in_event(change):
    """Changes the event with the seq CHANGED, wherever it is answered."""

    def change_page(answer):
        page = audit.QueryEventsResponse.FromString(answer)
        for event in page.events:
            if event.seq == CHANGED:
                change(event)
        return page.SerializeToString()

    def change_one(answer):
        event = event_pb2.Event.FromString(answer)
        if event.seq == CHANGED:
            change(event)
        return event.SerializeToString()

    return {"QueryEvents": change_page, "GetEvent": change_one}


def in_page(change):
    def change_page(answer):
        page = audit.QueryEventsResponse.FromString(answer)
        change(page)
        return page.SerializeToString()

    return {"QueryEvents": change_page}


class VerifyOnline(ServiceCase):
    """The tests share a log, which they only let grow."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ledger = Ledger(cls.client)
        receipts = cls.ledger.record_all([event_of(number) for number in range(OLDER)])
        cls.leaves = [receipt.leaf_hash for receipt in receipts]
        cls.older = cls.ledger.checkpoint()
        cls.ledger.record_all([event_of(number) for number in range(OLDER, EVENTS)])
        cls.key = verifier_file(cls.shared_folder)
        cls.signing = merkle.SigningKey(f"{cls.shared_folder}.signer/signing.key")

    def setUp(self):
        super().setUp()
        self.folder.parent.mkdir(exist_ok=True)

    def kept(self, note):
        path = self.folder.parent / "kept"
        path.write_text(note)
        return path

    def verify(self, *arguments, address=None):
        ended = daybook("verify", "--online", "--json", "--address",
                        address or self.daemon.address, *arguments)
        return ended, json.loads(ended.out.splitlines()[-1]) if ended.out else None

    def assert_not_verified(self, changes, first_bad, reason, *arguments):
        with Proxy(self.daemon.address, **changes) as proxy:
            ended, result = self.verify("--key", self.key, *arguments, address=proxy.address)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual((result["first_bad_seq"], result["reason"]), (first_bad, reason), ended)

    def test_a_log_as_it_was_recorded_verifies(self):
        ended, result = self.verify("--key", self.key)

        self.assertEqual(ended.code, DONE, ended)
        self.assertGreaterEqual(result["events"], EVENTS)
        self.assertEqual(result["events"], result["checkpoint_size"])
        self.assertEqual((result["attestation"], result["anchored"]), ("key", False))

    def test_without_a_key_it_says_that_no_signature_was_checked(self):
        ended = daybook("verify", "--online", "--address", self.daemon.address)

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("SIGNATURES NOT CHECKED", ended.out)
        self.assertIn("UNANCHORED", ended.out)
        self.assertIn(self.daemon.address, ended.out)

    def test_a_checkpoint_that_was_kept_anchors_it(self):
        ended, result = self.verify("--key", self.key, "--since", self.kept(self.older))

        self.assertEqual(ended.code, DONE, ended)
        self.assertTrue(result["anchored"])

    def test_a_checkpoint_of_another_history_does_not_verify(self):
        leaves = [self.leaves[1], self.leaves[0], *self.leaves[2:]]
        other = self.signing.checkpoint(leaves[:size_in(self.older)])

        ended, result = self.verify("--key", self.key, "--since", self.kept(other))

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual(result["reason"], "ROOT_MISMATCH")

    def test_a_checkpoint_of_a_longer_log_shows_that_it_was_cut_short(self):
        size = self.client.size()
        longer = self.signing.checkpoint([self.leaves[0]] * (size + 5_000))

        ended, result = self.verify("--key", self.key, "--since", self.kept(longer))

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual(result["reason"], "LOG_CUT_SHORT")
        self.assertGreaterEqual(result["first_bad_seq"], size)

    def test_another_key_does_not_verify(self):
        other = merkle.other_key(self.folder.parent, self.signing.name)

        ended, result = self.verify("--key", other.verifier)

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual(result["reason"], "SIGNATURE_INVALID")

    def test_an_event_that_is_shown_changed_is_named(self):
        def change(event):
            event.reason = "NEVER_GIVEN"

        self.assert_not_verified(in_event(change), CHANGED, "LEAF_MISMATCH")

    def test_another_event_that_is_true_makes_up_for_nothing(self):
        def change(event):
            event.reason = "NEVER_GIVEN"

        def change_one(answer):
            event = event_pb2.Event.FromString(answer)
            other = self.client.get(CHANGED + 1) if event.seq == CHANGED else event
            return other.SerializeToString()

        changes = {**in_event(change), "GetEvent": change_one}
        self.assert_not_verified(changes, CHANGED, "LEAF_MISMATCH")

    def test_a_value_that_is_kept_back_is_named(self):
        def change(event):
            event.ClearField("telegram_id")

        self.assert_not_verified(in_event(change), CHANGED, "LEAF_MISMATCH")

    def test_an_event_that_is_left_out_is_named(self):
        def leave_out(page):
            kept = [event for event in page.events if event.seq != CHANGED]
            del page.events[:]
            page.events.extend(kept)

        self.assert_not_verified(in_page(leave_out), CHANGED, "ROW_MISSING")

    def test_a_log_that_is_shown_too_short_does_not_verify(self):
        def cut(page):
            kept = [event for event in page.events if event.seq < CHANGED]
            del page.events[:]
            page.events.extend(kept)
            page.next_page_token = "" if len(kept) < 1_000 else page.next_page_token

        self.assert_not_verified(in_page(cut), CHANGED, "ROW_MISSING")

    def test_two_events_that_changed_their_places_are_named(self):
        def swap(page):
            if len(page.events) > 1 and page.events[0].seq < CHANGED:
                first, second = page.events[0].seq, page.events[1].seq
                page.events[0].seq, page.events[1].seq = second, first

        self.assert_not_verified(in_page(swap), 0, "ROW_MISSING")

    def test_a_leaf_that_nobody_looked_into_still_has_to_be_the_signed_one(self):
        def change(event):
            event.leaf_hash = bytes(32)

        self.assert_not_verified(in_event(change), 0, "ROOT_MISMATCH", "--sample", 0)

    def test_a_sample_is_enough_where_all_is_well(self):
        ended, _ = self.verify("--key", self.key, "--sample", 7)

        self.assertEqual(ended.code, DONE, ended)

    def test_what_is_erased_still_verifies(self):
        self.ledger.record_all([Event(action="login", telegram_id="tg-gone", details='{"a":1}')])
        erase(self.client, 'telegram_id = "tg-gone"', groups=(SUBJECT, DETAILS))
        self.ledger.record_all([Event(action="login")])

        ended, _ = self.verify("--key", self.key)

        self.assertEqual(ended.code, DONE, ended)

    def test_no_service_ends_with_4_and_a_sample_needs_one(self):
        ended = daybook("verify", "--online", "--address", "127.0.0.1:1", "--timeout", 1)
        self.assertEqual(ended.code, UNAVAILABLE, ended)

        ended = daybook("verify", "--sample", 7, self.shared_folder)
        self.assertEqual(ended.code, USAGE, ended)


if __name__ == "__main__":
    unittest.main()
