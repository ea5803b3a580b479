"""The log is signed, and proves what it holds; all of it computed a second time here."""

import base64
import contextlib
import json
import shutil
import sqlite3
import stat
import unittest

from grpc import StatusCode

from harness import merkle
from harness.case import ServiceCase, StoreCase
from harness.client import Event
from harness.health import NOT_SERVING, wait_for_health
from harness.ledger import Ledger, parse_proof, size_in
from harness.migrate import make_store


class Proofs(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", "7")
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        self.ledger = Ledger(self.client)
        self.key = merkle.SigningKey(self.folder.with_name("store.signer") / "signing.key")
        self.leaves = []

    def grow(self, count, **fields):
        receipts = self.ledger.record_all(count * [Event(action="login", **fields)])
        self.leaves += [receipt.leaf_hash for receipt in receipts]
        return receipts

    def test_the_checkpoint_is_what_the_key_signs_over_the_leaves(self):
        for count in (1, 4, 300):
            self.grow(count)
            self.assertEqual(self.ledger.checkpoint(), self.key.checkpoint(self.leaves))
        self.assertEqual(
            (self.folder.with_name("store.signer") / "verifier.key").read_text().strip(),
            self.key.verifier)

    def test_every_event_is_proved(self):
        self.grow(20, user_id=7, ip_address="203.0.113.9")
        for seq, leaf in enumerate(self.leaves):
            answer = self.ledger.inclusion(seq)
            self.assertEqual(merkle.leaf(answer.leaf_bytes), leaf)
            self.assertEqual(list(answer.proof), merkle.inclusion(seq, self.leaves))
            self.assertEqual(answer.checkpoint.decode(), self.key.checkpoint(self.leaves))

    def test_an_older_checkpoint_is_the_beginning_of_a_newer_one(self):
        self.grow(5)
        self.grow(18)
        answer = self.ledger.consistency(5)
        self.assertEqual(list(answer.proof), merkle.consistency(5, self.leaves))
        self.assertEqual(answer.checkpoint.decode(), self.key.checkpoint(self.leaves))
        self.assertEqual(self.ledger.inclusion(2, tree_size=5).checkpoint.decode(),
                         self.key.checkpoint(self.leaves[:5]))

    def test_a_receipt_that_waited_proves_itself(self):
        self.grow(9)
        for receipt in self.grow(3):
            index, hashes, checkpoint = parse_proof(receipt.proof)
            self.assertEqual(index, receipt.seq)
            self.assertEqual(checkpoint, self.key.checkpoint(self.leaves))
            self.assertEqual(hashes, merkle.inclusion(index, self.leaves))

    def test_a_restart_goes_on_with_the_same_tree(self):
        self.grow(10)
        self.daemon.stop()
        self.client = self.client_of(self.start())
        self.ledger = Ledger(self.client)
        self.assertEqual(self.ledger.checkpoint(), self.key.checkpoint(self.leaves))
        self.grow(2)
        self.assertEqual(self.ledger.checkpoint(), self.key.checkpoint(self.leaves))

    def test_what_is_recorded_before_a_stop_is_signed(self):
        self.grow(1)
        for _ in range(5):
            self.leaves.append(self.client.record(action="logout").leaf_hash)
        self.assertEqual(self.daemon.stop(), 0)
        state = self.folder.with_name("store.signer") / "signer.state"
        self.assertEqual(state.read_text(), self.key.checkpoint(self.leaves))


class Requests(ServiceCase):

    def test_what_cannot_be_proved_is_refused(self):
        proofs = Ledger(self.client)
        proofs.record_all(3 * [Event(action="login")])
        size = size_in(proofs.checkpoint())
        for call, field in ((lambda: proofs.inclusion(2, tree_size=2), "tree_size"),
                            (lambda: proofs.inclusion(0, tree_size=size + 1), "tree_size"),
                            (lambda: proofs.inclusion(0, groups=[0]), "groups[0]"),
                            (lambda: proofs.inclusion(0, groups=[1, 1]), "groups[1]"),
                            (lambda: proofs.consistency(0), "old_size"),
                            (lambda: proofs.consistency(size + 1), "old_size"),
                            (lambda: proofs.consistency(1, size + 1), "new_size")):
            with self.assert_fails(StatusCode.INVALID_ARGUMENT, "FIELD_INVALID", field):
                call()
        with self.assert_fails(StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
            proofs.inclusion(size)
        with self.assert_fails(StatusCode.NOT_FOUND, "CHECKPOINT_NOT_FOUND"):
            proofs.checkpoint(witnessed=True)


class Signer(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)
        self.signer = self.folder.with_name("store.signer")

    def signed(self, count):
        with self.start_once() as daemon:
            Ledger(self.client_of(daemon)).record_all(count * [Event(action="login")])

    @contextlib.contextmanager
    def start_once(self, *arguments):
        daemon = self.start(*arguments)
        yield daemon
        self.assertEqual(daemon.stop(), 0)

    def assert_refused(self, why, *arguments):
        daemon = self.launch(*arguments)
        line = daemon.wait_for_line("not_serving", reason="SIGNING_REFUSED")
        self.assertIn(why, line["message"])
        client = self.client_of(daemon)
        wait_for_health(client, NOT_SERVING, "daybook.audit.v1.AuditService")
        with self.assert_fails(StatusCode.FAILED_PRECONDITION, "SIGNING_REFUSED"):
            client.record(action="login")
        daemon.stop()

    def test_the_key_is_for_its_owners_eyes(self):
        self.signed(1)
        mode = stat.S_IMODE((self.signer / "signing.key").stat().st_mode)
        self.assertEqual(mode, 0o600)
        self.assertFalse(list(self.folder.rglob("*.key")))

    def test_a_store_put_back_from_a_copy_is_not_signed(self):
        self.signed(2)
        copy = self.folder.with_name("copy")
        shutil.copytree(self.folder, copy)
        self.signed(3)
        shutil.rmtree(self.folder)
        copy.rename(self.folder)
        self.assert_refused("holds 2 events")

    def test_a_store_with_other_events_is_not_signed(self):
        self.signed(3)
        with contextlib.closing(sqlite3.connect(self.folder / "segments/000000.db")) as segment:
            segment.executescript("""
                DROP TRIGGER audit_logs_no_update;
                UPDATE audit_logs SET action = 'logout' WHERE id = 1;""")
        self.assert_refused("not those that a checkpoint was signed over")

    def test_a_clone_without_the_signers_folder_is_not_signed(self):
        self.signed(3)
        shutil.rmtree(self.signer)
        self.assert_refused("signer.state was lost")

    def test_a_lost_key_is_not_made_anew(self):
        self.signed(1)
        (self.signer / "signing.key").unlink()
        self.assert_refused("its key is gone")

    def test_a_rollback_that_is_accepted_goes_on_under_a_new_name(self):
        self.signed(5)
        old = merkle.SigningKey(self.signer / "signing.key")
        with contextlib.closing(sqlite3.connect(self.folder / "segments/000000.db")) as segment:
            segment.executescript("""
                DROP TRIGGER audit_logs_no_delete;
                DELETE FROM audit_logs WHERE id >= 3;""")
        self.assert_refused("holds 3 events")

        with self.start_once("--accept-rollback") as daemon:
            daemon.wait_for_line("rollback_accepted", old_origin=old.name)
            client = self.client_of(daemon)
            Ledger(client).record(action="login")
            key = merkle.SigningKey(self.signer / "signing.key")
            self.assertNotEqual(key.name, old.name)
            leaves = [client.get(seq).leaf_hash for seq in range(client.size())]
            self.assertEqual(Ledger(client).checkpoint(), key.checkpoint(leaves))
            told = client.get(3)
            self.assertEqual((told.action, told.producer), ("audit.rolled_back", "daybook"))
            heads = json.loads(told.public_details)
            self.assertEqual((heads["old"]["origin"], heads["old"]["size"]), (old.name, 5))
            self.assertEqual(heads["new"], {
                "origin": key.name, "size": 3,
                "root": base64.b64encode(merkle.root(leaves[:3])).decode()})

        with self.start_once("--accept-rollback") as daemon:  # there is nothing to accept
            daemon.wait_for_line("no_rollback_to_accept", origin=key.name)
        with self.start_once() as daemon:
            self.assertEqual(self.client_of(daemon).size(), 5)

    def test_the_signers_folder_lies_outside_of_the_store(self):
        self.assert_refused("lies in the data directory", "--signer-dir", self.folder / "signer")

    def test_the_key_of_another_log_is_refused(self):
        other = self.folder.with_name("other")
        make_store(other)
        with self.start_once():
            pass
        daemon = self.launch_in(other, "--signer-dir", self.signer)
        line = daemon.wait_for_line("not_serving", reason="SIGNING_REFUSED")
        self.assertIn("the key signs for", line["message"])

    def test_a_key_can_be_given_as_a_file(self):
        with self.start_once():
            pass
        given = self.folder.with_name("given.key")
        (self.signer / "signing.key").rename(given)
        (self.signer / "verifier.key").unlink()
        with self.start_once("--signing-key", given) as daemon:
            client = self.client_of(daemon)
            leaves = [receipt.leaf_hash for receipt in Ledger(client).record_all(2 * [Event(action="login")])]
            self.assertEqual(Ledger(client).checkpoint(),
                             merkle.SigningKey(given).checkpoint(leaves))
        self.assertFalse((self.signer / "signing.key").exists())

    def test_the_newest_checkpoint_is_published_to_a_file(self):
        published = self.folder.with_name("checkpoint")
        with self.start_once("--publish-checkpoint", published) as daemon:
            client = self.client_of(daemon)
            leaves = [receipt.leaf_hash for receipt in Ledger(client).record_all(2 * [Event(action="login")])]
            leaves.append(client.record(action="logout").leaf_hash)
        key = merkle.SigningKey(self.signer / "signing.key")
        self.assertEqual(published.read_text(), key.checkpoint(leaves))

    def test_a_folder_that_cannot_be_made_is_told(self):
        self.assert_refused("--signer-dir", "--signer-dir", "/proc/nowhere/signer")


if __name__ == "__main__":
    unittest.main()
