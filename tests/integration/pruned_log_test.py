"""What clients see of a log whose oldest events are dropped."""

import unittest

import grpc

from harness import merkle
from harness.client import Client
from harness.ledger import DONE, NOT_FOUND, NOT_VERIFIED, daybook, size_in, verifier_file
from harness.proxy import Proxy
from harness.pruned import SPAN, PrunableCase, PrunedCase, first_covering, prune

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit
from daybook.audit.v1 import event_pb2

SAMPLE = ("--sample", 5)  # what is opened is another test's


def in_pages(change):
    """Changes what is answered to oldest-first queries; `change` may return another page."""

    def change_page(answer):
        page = audit.QueryEventsResponse.FromString(answer)
        is_newest = page.events and page.events[-1].seq + 1 == page.as_of_size
        page = page if is_newest and len(page.events) == 1 else change(page) or page
        return page.SerializeToString()

    return {"QueryEvents": change_page}


def hiding(address, end):
    """Changes with which a service shows no events below `end`."""
    with Client(address) as client:
        first = next(page for page in client.pages(order_by="seq", page_size=1000)
                     if page.events[-1].seq >= end)

    def change(page):
        if not page.events or page.events[0].seq >= end:
            return None
        shown = audit.QueryEventsResponse()
        shown.CopyFrom(first)
        del shown.events[:]
        shown.events.extend([event for event in first.events if event.seq >= end]
                            [:len(page.events)])
        return shown

    return in_pages(change)


def verify_online(address, *arguments):
    ended = daybook("verify", "--online", "--json", "--address", address, *arguments)
    return ended, ended.result() if ended.out else None


class VerifyOnline(PrunedCase):
    """Of two spans the first is dropped."""

    DROPPED = 1

    @classmethod
    def before_pruning(cls):
        with Proxy(cls.daemon.address, **hiding(cls.daemon.address, SPAN)) as proxy:
            cls.pretended = verify_online(proxy.address, *SAMPLE)

    def setUp(self):
        super().setUp()
        self.folder.parent.mkdir(exist_ok=True)
        self.key = verifier_file(self.shared_folder)

    def kept(self, note):
        path = self.folder.parent / "kept"
        path.write_text(note)
        return path

    def verify(self, *arguments, **changes):
        if not changes:
            return verify_online(self.daemon.address, "--key", self.key, *arguments)
        with Proxy(self.daemon.address, **changes) as proxy:
            return verify_online(proxy.address, "--key", self.key, *arguments)

    def assert_not_verified(self, verified, first_bad, reason):
        ended, result = verified
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual((result["first_bad_seq"], result["reason"]), (first_bad, reason), ended)

    def test_a_log_that_says_what_it_dropped_verifies(self):
        ended, result = self.verify(*SAMPLE)

        self.assertEqual(ended.code, DONE, ended)
        self.assertEqual(result["dropped_events"], SPAN)
        self.assertEqual(result["dropped_events"] + result["events"], result["checkpoint_size"])

    def test_people_are_told_how_many_are_dropped(self):
        ended = daybook("verify", "--online", "--address", self.daemon.address, "--sample", 0)

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"{SPAN} events: the log begins with {SPAN}", ended.out)

    def test_a_checkpoint_of_what_is_dropped_still_anchors_it(self):
        note = self.log.notes[0]
        self.assertLess(size_in(note), self.begin)

        ended, result = self.verify(*SAMPLE, "--since", self.kept(note))

        self.assertEqual(ended.code, DONE, ended)
        self.assertTrue(result["anchored"])

    def test_another_history_of_what_is_dropped_does_not_verify(self):
        signing = merkle.SigningKey(f"{self.shared_folder}.signer/signing.key")
        other = signing.checkpoint(self.log.leaves[:size_in(self.log.notes[0])][::-1])

        self.assert_not_verified(self.verify(*SAMPLE, "--since", self.kept(other)), None,
                                 "ROOT_MISMATCH")

    def test_a_checkpoint_that_is_not_kept_is_said_not_to_be_comparable(self):
        signing = merkle.SigningKey(f"{self.shared_folder}.signer/signing.key")
        dropped = signing.checkpoint(self.log.leaves[:777])

        ended, _ = self.verify(*SAMPLE, "--since", self.kept(dropped))

        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn("PRUNED", ended.err)
        self.assertIn("777 events of that checkpoint cannot be shown any more", ended.err)

    def test_a_whole_log_that_is_shown_without_its_beginning_does_not_verify(self):
        self.assert_not_verified(self.pretended, 0, "UNDECLARED_PRUNING")

    def test_a_log_that_is_shown_to_begin_later_than_it_says_does_not_verify(self):
        changes = hiding(self.daemon.address, 2 * SPAN)

        self.assert_not_verified(self.verify(*SAMPLE, **changes), 0, "UNDECLARED_PRUNING")

    def test_a_log_that_is_shown_to_begin_where_none_can_does_not_verify(self):
        changes = hiding(self.daemon.address, SPAN + 1_000)

        self.assert_not_verified(self.verify(*SAMPLE, **changes), 0, "ROW_MISSING")

    def test_a_declaration_that_is_shown_changed_does_not_count(self):
        hidden = hiding(self.daemon.address, 2 * SPAN)["QueryEvents"]

        def forge(event):
            if event.seq == self.declared:
                event.public_details = event.public_details.replace(
                    f'"last":{SPAN - 1}', f'"last":{2 * SPAN - 1}')

        def forge_page(answer):
            page = audit.QueryEventsResponse.FromString(hidden(answer))
            for event in page.events:
                forge(event)
            return page.SerializeToString()

        def forge_one(answer):
            event = event_pb2.Event.FromString(answer)
            forge(event)
            return event.SerializeToString()

        self.assert_not_verified(self.verify("--sample", 0, QueryEvents=forge_page), 0,
                                 "UNDECLARED_PRUNING")
        self.assert_not_verified(
            self.verify("--sample", 0, QueryEvents=forge_page, GetEvent=forge_one),
            self.declared, "LEAF_MISMATCH")

    def test_a_leaf_behind_the_cut_still_has_to_be_the_signed_one(self):
        def change(page):
            if page.events[0].seq == self.begin and len(page.events) > 1:
                page.events[1].leaf_hash = bytes(32)

        self.assert_not_verified(self.verify("--sample", 0, **in_pages(change)), self.begin,
                                 "ROOT_MISMATCH")


class Beside(PrunableCase):
    """Events are dropped while others read."""

    def test_a_log_that_is_cut_while_it_is_verified_raises_no_alarm(self):
        cuts = [first_covering(self.log, self.newest, 1), self.newest]

        def cut(page):
            # The first and the second time that much is shown.
            if len(page.events) == 1000 and cuts and page.events[0].seq % SPAN >= 30_000:
                prune(self.client, cuts.pop(0))

        with Proxy(self.daemon.address, **in_pages(cut)) as proxy:
            ended, result = verify_online(proxy.address, *SAMPLE)

        self.assertEqual(cuts, [])
        self.assertEqual(ended.code, DONE, ended)
        self.assertEqual(result["dropped_events"], 2 * SPAN)


if __name__ == "__main__":
    unittest.main()
