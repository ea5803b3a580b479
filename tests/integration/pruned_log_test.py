"""What clients see of a log whose oldest events are dropped."""

import contextlib
import sqlite3
import tarfile
import unittest

from grpc import StatusCode

from harness import merkle
from harness.client import Client, RecordEventRequest
from harness.environment import PATIENCE
from harness.erasing import erase
from harness.ledger import (DONE, NOT_FOUND, NOT_VERIFIED, daybook, parse_proof, size_in,
                            verifier_file)
from harness.migrate import make_store
from harness.proxy import Proxy
from harness.pruned import (SPAN, PrunableCase, PrunedCase, first_covering, prune, usual_event)

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


class Clients(PrunedCase):
    """All that a client may ask of a log of which two spans are dropped."""

    @classmethod
    def before_pruning(cls):
        cls.key = verifier_file(cls.shared_folder)
        cls.work = cls.shared_folder.parent
        cls.old_case = cls.work / "old.tar"
        cls.old_filter = 'resource_id = "r-70000"'
        cls.written = cls.evidence(cls.old_filter, cls.old_case)
        cls.page_before = cls.client.query(order_by="seq", page_size=10)
        cls.newest_page_before = cls.client.query(page_size=10)
        cls.summaries = sorted(
            event.seq for event in cls.client.all(filter="action = segment.sealed"))
        cls.first = cls.ledger.inclusion(cls.summaries[0]).leaf_bytes

    @classmethod
    def evidence(cls, filter, path):
        return daybook("evidence", "--filter", filter, "--key", cls.key, "-o", path, "--address",
                       cls.daemon.address)

    def setUp(self):
        super().setUp()
        self.folder.parent.mkdir(exist_ok=True)

    def run_daybook(self, *arguments):
        return daybook("--address", self.daemon.address, *arguments)

    def heads(self):
        """The newest checkpoint: note, size and root."""
        note = self.ledger.checkpoint()
        return note, size_in(note), merkle.base64.b64decode(note.splitlines()[2])

    def test_an_event_that_is_dropped_is_said_to_be(self):
        with self.assert_fails(StatusCode.NOT_FOUND, "PRUNED") as failure:
            self.client.get(self.begin - 1)
        self.assertIn(f"keeps those from {self.begin} on", failure.message)
        self.assertEqual(self.client.get(self.begin).seq, self.begin)

        ended = self.run_daybook("get", 5)
        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn(f"PRUNED: event 5 is dropped: the log keeps those from {self.begin} on",
                      ended.err)

    def test_a_query_finds_only_what_is_kept_and_says_so(self):
        found = self.client.all(filter="action = deposit", page_size=1000)
        self.assertGreater(len(found), 1_000)
        self.assertGreaterEqual(min(event.seq for event in found), self.begin)
        self.assertEqual(self.client.all(filter=self.old_filter), [])
        self.assertEqual(self.client.all(as_of_size=1_000), [])

        ended = self.run_daybook("query", self.old_filter)
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"but for the first {self.begin}, which are dropped", ended.out)

    def test_a_page_that_would_begin_with_what_is_dropped_is_refused(self):
        with self.assert_fails(StatusCode.NOT_FOUND, "PRUNED") as failure:
            self.client.query(order_by="seq", page_token=self.page_before.next_page_token)
        self.assertIn("ask for the first page again", failure.message)

        rest = list(self.client.pages(page_size=1000))
        page = self.client.query(page_token=self.newest_page_before.next_page_token)
        while page.next_page_token:
            page = self.client.query(page_size=1000, page_token=page.next_page_token)
        self.assertEqual(page.events[-1].seq, rest[-1].events[-1].seq)
        self.assertEqual(page.events[-1].seq, self.begin)

    def test_inclusion_is_proven_of_what_is_kept(self):
        _, size, root = self.heads()
        for seq in (self.begin, self.begin + 7_777, self.declared, *self.summaries):
            with self.subTest(seq):
                answer = self.ledger.inclusion(seq, tree_size=size)
                self.assertEqual(
                    merkle.root_of_proof(merkle.leaf(answer.leaf_bytes), seq, size, answer.proof),
                    root)
        self.assertLess(self.summaries[0], self.begin)
        self.assertEqual(self.ledger.inclusion(self.summaries[0]).leaf_bytes, self.first)
        with self.assert_fails(StatusCode.NOT_FOUND, "PRUNED"):
            self.ledger.inclusion(77)

    def test_kept_checkpoints_are_proven_to_be_what_the_newest_grew_from(self):
        _, size, root = self.heads()
        for note in (self.log.notes[0], self.log.notes[7], self.newest):
            with self.subTest(size_in(note)):
                old_root = merkle.base64.b64decode(note.splitlines()[2])
                proof = self.ledger.consistency(size_in(note)).proof
                merkle.check_consistency(size_in(note), old_root, size, root, proof)

    def test_sizes_that_are_not_kept_are_said_to_be_dropped(self):
        with self.assert_fails(StatusCode.NOT_FOUND, "PRUNED") as failure:
            self.ledger.consistency(777)
        self.assertIn("checkpoints that were kept have theirs", failure.message)
        self.assertEqual(self.ledger.consistency(SPAN).new_size, size_in(self.ledger.checkpoint()))

    def test_the_newest_checkpoint_is_held_against_old_ones(self):
        old = self.folder.parent / "old"
        old.write_text(self.log.notes[3])
        ended = self.run_daybook("checkpoint", "--verify", self.key, "--since", old)
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("consistent", ended.err)

        signing = merkle.SigningKey(f"{self.shared_folder}.signer/signing.key")
        old.write_text(signing.checkpoint(self.log.leaves[:777]))
        ended = self.run_daybook("checkpoint", "--verify", self.key, "--since", old)
        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn("PRUNED", ended.err)
        self.assertIn("take a newer one", ended.err)

    def test_evidence_from_before_outlives_its_events(self):
        self.assertEqual(self.written.code, DONE, self.written)

        ended = daybook("evidence", "--check", self.old_case, "--key", self.key)

        self.assertEqual(ended.code, DONE, ended)
        with tarfile.open(self.old_case) as case:
            checkpoint = case.extractfile("checkpoint").read().decode()
        kept = self.folder.parent / "kept"
        kept.write_text(checkpoint)
        ended = self.run_daybook("checkpoint", "--verify", self.key, "--since", kept)
        self.assertEqual(ended.code, DONE, ended)

    def test_a_receipt_from_before_still_proves_its_event(self):
        seq, proof = next(iter(self.log.proofs.items()))
        self.assertLess(seq, self.begin)
        index, hashes, note = parse_proof(proof)
        self.assertEqual(index, seq)
        self.assertEqual(
            merkle.root_of_proof(self.log.leaves[seq], seq, size_in(note), hashes),
            merkle.base64.b64decode(note.splitlines()[2]))
        _, size, root = self.heads()
        merkle.check_consistency(size_in(note), merkle.base64.b64decode(note.splitlines()[2]),
                                 size, root, self.ledger.consistency(size_in(note)).proof)

    def test_new_evidence_says_what_it_could_not_look_at(self):
        ended = self.evidence(self.old_filter, self.folder.parent / "none.tar")
        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn(f"no event matches the filter; the first {self.begin} are dropped", ended.err)

        case = self.folder.parent / "new.tar"
        ended = self.evidence(f'resource_id = "r-{self.begin + 100}"', case)
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"the first {self.begin} events of the log were dropped", ended.out)
        ended = daybook("evidence", "--check", case, "--key", self.key, "--json")
        self.assertEqual(ended.code, DONE, ended)
        self.assertEqual(ended.result()["dropped_events"], str(self.begin))

    def test_the_segments_that_are_there_are_shown(self):
        ended = daybook("store", "--data-dir", self.shared_folder)
        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"the {self.begin} before them are dropped", ended.out)

        lines = daybook("store", "--data-dir", self.shared_folder, "--json").json_lines()
        self.assertEqual(lines[0]["first_seq"], self.begin)


class GoesOn(PrunableCase):
    """A log whose events were dropped is one like any other."""

    def verify(self, *arguments):
        ended, result = verify_online(self.daemon.address, "--key", verifier_file(self.folder),
                                      *SAMPLE, *arguments)
        self.assertEqual(ended.code, DONE, ended)
        return result

    def restart(self):
        self.assertEqual(self.daemon.stop(), 0)
        self.serve()

    def test_it_is_dropped_span_by_span_with_restarts_between(self):
        kept = self.folder.parent / "kept"
        kept.write_text(self.log.notes[0])
        for spans in (1, 2):
            asked = prune(self.client, first_covering(self.log, self.newest, spans))
            self.assertEqual((asked.first_kept_seq, asked.event_count), (spans * SPAN, SPAN))
            self.restart()
            self.ledger.record(action="login")
            self.assertEqual(self.verify("--since", kept)["dropped_events"], spans * SPAN)
            self.assertEqual(self.client.query(order_by="seq", page_size=1).events[0].seq,
                             spans * SPAN)

        again = prune(self.client, self.ledger.checkpoint())
        self.assertEqual((again.first_kept_seq, again.event_count), (2 * SPAN, 0))
        self.assertFalse(again.HasField("declaration_seq"))

    def test_only_looking_drops_nothing(self):
        size = self.client.size()
        asked = prune(self.client, self.newest, validate_only=True)

        self.assertEqual((asked.first_kept_seq, asked.event_count), (2 * SPAN, 2 * SPAN))
        self.assertEqual(self.client.get(0).seq, 0)
        self.assertEqual(self.client.size(), size)

    def test_a_request_whose_event_is_dropped_is_recorded_anew(self):
        again = RecordEventRequest(event=usual_event(70_000), request_id="fill-70000")
        self.assertTrue(self.client.call("RecordEvent", again).receipt.duplicate)
        prune(self.client, self.newest)

        receipt = self.client.call("RecordEvent", again).receipt

        self.assertFalse(receipt.duplicate)
        self.assertGreater(receipt.seq, 2 * SPAN)
        # From then on it is known again, alone and in a batch; so is what is kept.
        self.assertEqual(self.client.call("RecordEvent", again).receipt.seq, receipt.seq)
        first = 2 * SPAN + 10
        pairs = [(event.request_id, usual_event(event.seq))
                 for event in map(self.client.get, range(first, first + 3))]
        receipts = self.client.batch(pairs)
        self.assertEqual([(one.seq, one.duplicate) for one in receipts],
                         [(first + i, True) for i in range(3)])
        self.restart()
        self.assertTrue(self.client.call("RecordEvent", again).receipt.duplicate)

    def test_what_is_recorded_afterwards_is_proven_in_the_receipt(self):
        prune(self.client, self.newest)

        receipt = self.ledger.record(action="login", user_id=1)

        index, hashes, note = parse_proof(receipt.proof)
        self.assertEqual(index, receipt.seq)
        self.assertEqual(merkle.root_of_proof(receipt.leaf_hash, index, size_in(note), hashes),
                         merkle.base64.b64decode(note.splitlines()[2]))

    def test_erasing_by_a_filter_reaches_what_is_kept(self):
        prune(self.client, first_covering(self.log, self.newest, 1))
        kept = self.client.all(filter="user_id = 7", page_size=1000)

        erased = erase(self.client, "user_id = 7")

        self.assertEqual(erased.event_count, len(kept))
        self.assertEqual(self.client.all(filter="user_id = 7"), [])
        self.assertEqual(erase(self.client, "user_id = 7").event_count, 0)
        self.ledger.record(action="login")
        self.verify()
        # What says that it is erased may be dropped with all that it was of.
        prune(self.client, self.newest)
        self.restart()
        self.verify()

    def test_the_key_can_be_changed(self):
        prune(self.client, self.newest)
        signer = f"{self.folder}.signer"
        self.daemon.stop()
        self.assertEqual(daybook("key", "rotate", "--signer-dir", signer).code, DONE)
        self.serve()
        self.ledger.record(action="login")
        kept = self.folder.parent / "kept"
        kept.write_text(self.log.notes[5])
        self.verify("--since", kept)
        self.daemon.stop()
        self.assertEqual(daybook("key", "retire", "--signer-dir", signer).code, DONE)
        self.serve()
        self.ledger.record(action="login")
        self.assertEqual(self.verify()["dropped_events"], 2 * SPAN)
        self.assertEqual(len(self.client.all(filter="action = ledger.key_retired")), 1)

    def test_a_witness_goes_on_from_what_it_cosigned_before(self):
        other = self.folder.with_name("other")
        make_store(other)
        key = verifier_file(self.folder).read_text().strip()
        daemon = self.launch_in(other, "--witness-log", key, "--witness-name", "audit.example/w")
        daemon.wait_for_line("serving")
        trusted = (other.with_name("other.witness") / "verifier.key").read_text().strip()
        self.daemon.stop()
        self.serve("--trusted-witness", trusted)
        command = ("cosign", "--address", self.daemon.address, "--witness", daemon.address)
        self.assertEqual(daybook(*command).code, DONE)
        prune(self.client, self.newest)

        self.assertEqual(daybook(*command).code, DONE)

        note = self.ledger.checkpoint(witnessed=True)
        self.assertGreater(size_in(note), size_in(self.newest))
        request = RecordEventRequest(event=usual_event(1), wait_for=audit.WAIT_FOR_WITNESSED)
        waiting = self.client.stub.RecordEvent.future(request, timeout=PATIENCE)
        while not waiting.done():
            self.assertEqual(daybook(*command).code, DONE)
        self.assertIn("audit.example/w", waiting.result().receipt.proof.decode())


class Tiles(PrunableCase):
    """`daybook tiles` trusts nothing that it finds of what is dropped."""

    def setUp(self):
        super().setUp()
        self.out = self.folder.parent / "tiles"

    def tiles(self):
        return daybook("tiles", "--data-dir", self.folder, "-o", self.out)

    def test_a_kept_tile_that_was_changed_is_not_written(self):
        prune(self.client, self.newest)
        self.daemon.stop()
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            ledger.execute("UPDATE kept_tiles SET hashes = zeroblob(8192) WHERE (level, number) = "
                           "(SELECT level, min(number) FROM kept_tiles WHERE level = 0)")
            ledger.commit()

        ended = self.tiles()

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertIn("is not the one of the tree", ended.err)
        self.assertFalse((self.out / "checkpoint").exists())

    def test_a_tile_in_the_folder_that_was_changed_is_noticed(self):
        self.assertEqual(self.tiles().code, DONE)
        prune(self.client, self.newest)
        tile = self.out / "tile/1/001"
        tile.write_bytes(bytes(8192))

        ended = self.tiles()

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertIn("tile 1/1 of the folder is not what was dropped", ended.err)

    def test_people_are_told_what_is_left_out(self):
        prune(self.client, self.newest)

        ended = self.tiles()

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn(f"without the entries of the first {2 * SPAN}, which are dropped", ended.out)


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
