#!/usr/bin/env python3
"""A log changes the key that it is signed with, and whoever knows one of its keys can follow."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import unittest

from grpc import StatusCode

from harness import merkle
from harness.case import StoreCase
from harness.client import Client, Event
from harness.daemon import Daemon
from harness.environment import program
from harness.ledger import (DONE, NOT_FOUND, NOT_VERIFIED, REFUSED, USAGE, Ledger, daybook,
                            parse_proof)
from harness.migrate import make_store, run
from verify_store_test import Tampered

# Of this many events is a segment.
SEGMENT = 1000


class RotationCase(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", SEGMENT)
        self.signer = self.folder.with_name("store.signer")

    @contextlib.contextmanager
    def served(self, *arguments):
        """A daemon that serves, and stops in the end; its client."""
        daemon = self.start(*arguments)
        with Client(daemon.address) as client:
            client.daemon = daemon
            yield client
        # By then the store is closed; the process takes a while to end.
        os.kill(daemon.pid, signal.SIGTERM)
        daemon.wait_for_line("stopped")
        daemon.kill()

    def signed(self, count=2, *arguments):
        """Starts it once to record events that are signed; the newest checkpoint."""
        with self.served(*arguments) as client:
            Ledger(client).record_all(count * [Event(action="login")])
            return Ledger(client).checkpoint()

    def key(self, name="signing.key"):
        return merkle.SigningKey(self.signer / name)

    def key_command(self, *arguments):
        return daybook("key", *arguments, "--signer-dir", self.signer)

    def assert_done(self, ended):
        self.assertEqual(ended.code, DONE, ended)
        return ended

    def rotate(self):
        """Begins a rotation; the old key and the new one."""
        self.assert_done(self.key_command("rotate"))
        return self.key(), self.key("signing.next.key")

    def retire(self):
        self.assert_done(self.key_command("retire"))

    def rotated(self):
        """A whole rotation; its two keys, and the checkpoints before, within and behind it."""
        checkpoints = [self.signed(3)]
        old, new = self.rotate()
        checkpoints.append(self.signed(3))
        self.retire()
        checkpoints.append(self.signed(3))
        return old, new, checkpoints

    def verify(self, *keys, folder=None, since=None):
        command = [program("daybook"), "verify", str(folder or self.folder), "--json"]
        for key in keys:
            command += ["--key", key.verifier]
        if since is not None:
            file = self.folder.with_name("since")
            file.write_text(since)
            command += ["--since", str(file)]
        return run(command)

    def assert_verifies(self, *keys, **options):
        ended = self.verify(*keys, **options)
        self.assertEqual(ended.code, DONE, ended)
        return ended.result()

    def assert_does_not_verify(self, reason, *keys, **options):
        ended = self.verify(*keys, **options)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        reasons = {line["reason"] for line in ended.json_lines() if line["event"] == "finding"}
        self.assertIn(reason, reasons, ended)
        return reasons

    def assert_refused(self, why, *arguments):
        daemon = self.launch(*arguments)
        line = daemon.wait_for_line("not_serving", reason="SIGNING_REFUSED")
        self.assertIn(why, line["message"])
        daemon.stop()

    def key_events(self, client):
        return [event for event in client.all(order_by="seq")
                if event.action.startswith("ledger.key_")]

    @staticmethod
    def leaves(client):
        return [event.leaf_hash for event in client.all(order_by="seq")]


class Rotation(RotationCase):

    def test_both_keys_sign_for_a_while_and_then_the_new_one_alone(self):
        self.signed()
        old, new = self.rotate()
        with self.served() as client:
            told = client.daemon.wait_for_line("signing_key_added", key=new.verifier)
            receipt = Ledger(client).record(action="login")
            leaves = self.leaves(client)
            both = merkle.checkpoint([old, new], leaves)
            self.assertEqual(Ledger(client).checkpoint(), both)
            self.assertEqual(parse_proof(receipt.proof)[2], both)
            event, = self.key_events(client)
            self.assertEqual(
                (event.action, event.producer, event.source, event.seq, event.public_details),
                ("ledger.key_added", "daybook", 1, told["seq"],
                 f'{{"key":"{new.verifier}","signed_by":"{old.verifier}"}}'))
            self.assertEqual((event.request_id, event.actor, event.details), ("", "", ""))
        self.assertEqual((self.signer / "signer.state").read_text(), both)

        self.retire()
        with self.served() as client:
            client.daemon.wait_for_line("signing_key_retired", key=old.verifier)
            Ledger(client).record(action="login")
            self.assertEqual(Ledger(client).checkpoint(),
                             merkle.checkpoint([new], self.leaves(client)))
            _, event = self.key_events(client)
            self.assertEqual((event.action, event.producer, event.source, event.public_details),
                             ("ledger.key_retired", "daybook", 1,
                              f'{{"key":"{old.verifier}","signed_by":"{new.verifier}"}}'))
        self.assertEqual((self.signer / "verifier.key").read_text().split(),
                         [new.verifier, old.verifier])

        with self.served() as client:  # nothing is left to say
            self.assertEqual(len(self.key_events(client)), 2)

    def test_whoever_knows_one_key_verifies_at_each_step(self):
        self.signed(3)
        old, new = self.rotate()
        self.assert_verifies(old)
        self.assert_does_not_verify("SIGNATURE_INVALID", new)  # the log knows nothing of it yet

        self.signed(3)
        for keys in ((old,), (new,), (old, new)):
            self.assert_verifies(*keys)

        self.retire()
        self.signed(3)
        for keys in ((old,), (new,), (old, new)):
            self.assertEqual(self.assert_verifies(*keys)["attestation"], "key")
        self.assertEqual(self.assert_verifies()["attestation"], "self")

    def test_a_checkpoint_kept_elsewhere_anchors_whichever_key_signed_it(self):
        old, new, checkpoints = self.rotated()
        for since in checkpoints:
            for key in (old, new):
                self.assertTrue(self.assert_verifies(key, since=since)["anchored"])

    def test_a_chain_of_keys_is_followed_from_each_of_them(self):
        first, second, _ = self.rotated()
        second, third, _ = self.rotated()
        fourth, fifth = self.rotate()
        self.signed()
        self.assertEqual(third.verifier, fourth.verifier)
        for key in (first, second, third, fifth):
            self.assert_verifies(key)
        self.assertEqual((self.signer / "verifier.key").read_text().split(),
                         [key.verifier for key in (fifth, third, second, first)])

    def test_a_rotation_that_is_called_off(self):
        self.signed()
        old, new = self.rotate()
        self.signed()
        (self.signer / "signing.next.key").unlink()
        with self.served() as client:
            client.daemon.wait_for_line("signing_key_retired", key=new.verifier)
            Ledger(client).record(action="login")
            self.assertEqual(Ledger(client).checkpoint(), old.checkpoint(self.leaves(client)))
        for key in (old, new):
            self.assert_verifies(key)

    def test_keys_that_are_given_as_files(self):
        self.signed()
        given = self.folder.with_name("given.key")
        following = self.folder.with_name("following.key")
        (self.signer / "signing.key").rename(given)
        files = ("--signing-key", given, "--next-signing-key", following)
        self.assert_refused("following.key", *files)
        self.assert_done(self.key_command("rotate", *files))
        old, new = merkle.SigningKey(given), merkle.SigningKey(following)
        self.assertFalse((self.signer / "signing.next.key").exists())

        with self.served(*files) as client:
            Ledger(client).record(action="login")
            self.assertEqual(Ledger(client).checkpoint(),
                             merkle.checkpoint([old, new], self.leaves(client)))
        ended = self.key_command("retire", *files)
        self.assertEqual(ended.code, REFUSED, ended)
        with self.served("--signing-key", following, "--next-signing-key", following) as client:
            Ledger(client).record(action="login")
            self.assertEqual(Ledger(client).checkpoint(),
                             merkle.checkpoint([new], self.leaves(client)))
        for key in (old, new):
            self.assert_verifies(key)

    def test_a_published_checkpoint_has_both_signatures(self):
        self.signed()
        old, new = self.rotate()
        published = self.folder.with_name("checkpoint")
        with self.served("--publish-checkpoint", published) as client:
            Ledger(client).record(action="login")
            leaves = self.leaves(client)
        self.assertEqual(published.read_text(), merkle.checkpoint([old, new], leaves))

    def test_a_rollback_in_the_middle_is_accepted_with_a_new_key_alone(self):
        self.signed(3)
        old, new = self.rotate()
        self.signed(3)
        (self.signer / "signer.state").unlink()
        self.assert_refused("signer.state was lost")
        with self.served("--accept-rollback") as client:
            client.daemon.wait_for_line("rollback_accepted", old_origin=old.name)
            Ledger(client).record(action="login")
            key = self.key()
            self.assertNotIn(key.name, (old.name, new.name))
            self.assertEqual(Ledger(client).checkpoint(), key.checkpoint(self.leaves(client)))
        self.assertFalse((self.signer / "signing.next.key").exists())
        self.assertEqual((self.signer / "verifier.key").read_text().split(), [key.verifier])
        self.assert_verifies(key)

        self.rotated()  # the new name can change its key too
        self.assert_verifies(key)


class Readers(RotationCase):

    def test_a_checkpoint_shows_to_those_who_know_either_key(self):
        before = self.signed()
        old, new = self.rotate()
        kept = self.folder.with_name("kept")
        kept.write_text(before)
        with self.served() as client:
            Ledger(client).record(action="login")
            for key in (old, new):
                self.assert_done(daybook("checkpoint", "--verify", key.verifier, "--address",
                                         client.daemon.address))
            ended = self.assert_done(daybook("checkpoint", "--verify", self.signer / "verifier.key",
                                             "--since", kept, "--address", client.daemon.address))
            self.assertEqual(ended.out, Ledger(client).checkpoint())

    def test_a_case_of_evidence_is_checked_with_either_key(self):
        self.signed()
        old, new = self.rotate()
        case = self.folder.with_name("case.tar")
        with self.served() as client:
            Ledger(client).record(action="login")
            self.assert_done(daybook(
                "evidence", "--filter", "action = login", "--signer-dir", self.signer, "-o", case,
                "--address", client.daemon.address))
        for key in (old, new):
            self.assert_done(daybook("evidence", "--check", case, "--key", key.verifier))
        self.assert_done(daybook("evidence", "--check", case))

        self.retire()
        later = self.folder.with_name("later.tar")
        with self.served() as client:
            Ledger(client).record(action="login")
            self.assert_done(daybook(
                "evidence", "--filter", "action = login", "--signer-dir", self.signer, "-o", later,
                "--address", client.daemon.address))
        self.assert_done(daybook("evidence", "--check", later, "--key", new.verifier))
        ended = daybook("evidence", "--check", later, "--key", old.verifier)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)


class Refused(RotationCase):
    """What the service does not go on with."""

    def test_a_key_that_took_the_place_of_the_other(self):
        self.signed()
        self.rotate()
        (self.signer / "signing.next.key").replace(self.signer / "signing.key")
        self.assert_refused("this was not signed")

    def test_a_key_that_took_the_place_before_the_service_knew_it_with_the_state_signed_anew(self):
        state = self.signed(3)
        old, new = self.rotate()
        (self.signer / "signing.next.key").replace(self.signer / "signing.key")
        text = state.partition("\n\n")[0] + "\n"
        (self.signer / "signer.state").write_text(text + "\n" + new.line(text))
        self.assert_refused("the log signs with another key")
        self.assert_verifies(old)

    def test_a_key_that_was_retired(self):
        self.signed()
        shutil.copy(self.signer / "signing.key", self.folder.with_name("copy"))
        self.rotated()
        shutil.copy(self.folder.with_name("copy"), self.signer / "signing.next.key")
        self.assert_refused("has retired the key")
        (self.signer / "signing.next.key").unlink()
        self.signed()

    def test_a_next_key_of_another_log(self):
        self.signed()
        other = self.folder.with_name("other")
        make_store(other)
        with Daemon(other) as daemon:
            self.assertEqual(daemon.stop(), 0)
        shutil.copy(f"{other}.signer/signing.key", self.signer / "signing.next.key")
        self.assert_refused("signing.next.key: the key signs for")


class Command(RotationCase):
    """`daybook key`, on the folder alone."""

    def assert_refused(self, why, *arguments, code=REFUSED):
        ended = self.key_command(*arguments)
        self.assertEqual(ended.code, code, ended)
        self.assertIn(why, ended.err)

    def shown(self):
        ended = self.assert_done(self.key_command("show", "--json"))
        return [(line["state"], line["key"]) for line in ended.json_lines()]

    def test_shows_which_keys_sign(self):
        self.signed()
        self.assertEqual(self.shown(), [("signs", self.key().verifier)])
        old, new = self.rotate()
        self.assertEqual(self.shown(), [("waiting", new.verifier), ("signs", old.verifier)])
        self.signed()
        self.assertEqual(self.shown(), [("signs", new.verifier), ("signs", old.verifier)])
        self.retire()
        self.assertEqual(self.shown(), [("signs", new.verifier), ("retired", old.verifier)])
        self.signed()
        self.assertEqual(self.shown(), [("signs", new.verifier), ("retired", old.verifier)])
        people = self.assert_done(self.key_command("show")).out
        self.assertEqual(people.split(), ["signs", new.verifier, "retired", old.verifier])

    def test_the_next_key_is_for_its_owners_eyes(self):
        self.signed()
        ended = self.assert_done(self.key_command("rotate"))
        file = self.signer / "signing.next.key"
        self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
        self.assertIn(self.key("signing.next.key").verifier, ended.out)
        self.assertIn("Restart daybookd", ended.err)
        secret = file.read_text().strip().split("+", 4)[4]
        self.assertGreater(len(secret), 40)
        self.assertNotIn(secret, ended.out + ended.err)

    def test_the_old_key_is_gone_once_it_is_retired(self):
        old, new, _ = self.rotated()
        self.assertEqual(sorted(path.name for path in self.signer.iterdir()),
                         ["signer.state", "signing.key", "verifier.key"])
        self.assertEqual(self.key().verifier, new.verifier)
        self.assertNotEqual(old.verifier, new.verifier)

    def test_refuses_what_would_break_the_chain(self):
        self.assert_refused("there is no signing key", "rotate", code=NOT_FOUND)
        self.signed()
        self.assert_refused("no rotation is under way", "retire")
        self.rotate()
        self.assert_refused("a rotation is under way", "rotate")
        self.assert_refused("has not signed yet", "retire")
        before = sorted((path.name, path.read_bytes()) for path in self.signer.iterdir())
        self.assert_refused("has not signed yet", "retire")
        self.assertEqual(sorted((path.name, path.read_bytes()) for path in self.signer.iterdir()),
                         before)

    def test_asks_what_to_do(self):
        self.assertEqual(daybook("key").code, USAGE)


class Forged(RotationCase):
    """What somebody did who has the store, and perhaps a key."""

    def setUp(self):
        super().setUp()
        self.old, self.new, _ = self.rotated()
        self.other = merkle.other_key(self.folder.parent, self.old.name)
        self.store = Tampered(self.folder)
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            (_, _, self.retired), (_, self.added, _) = ledger.execute(
                "SELECT verifier, added_seq, retired_seq FROM signing_keys ORDER BY added_seq")
            self.sizes = [size for size, in ledger.execute(
                "SELECT size FROM checkpoints ORDER BY size")]
            self.notes = dict(ledger.execute("SELECT size, note FROM checkpoints"))

    def forge(self, size, *keys):
        """Has a kept checkpoint signed by others."""
        text = self.notes[size].partition("\n\n")[0] + "\n"
        note = text + "\n" + "".join(key.line(text) for key in keys)
        self.store.ledger("UPDATE checkpoints SET note = ? WHERE size = ?", note, size)

    def assert_found_with_each_key(self, reason):
        for keys in ((self.old,), (self.new,), (self.old, self.new), ()):
            with self.subTest(keys=[key.verifier for key in keys]):
                self.assert_does_not_verify(reason, *keys)

    def test_nothing(self):
        for keys in ((self.old,), (self.new,), ()):
            self.assert_verifies(*keys)

    def test_a_checkpoint_signed_with_a_key_that_the_log_does_not_name(self):
        for size in (self.sizes[0], self.sizes[-1]):
            self.forge(size, self.other)
            for keys in ((self.old,), (self.new,), (self.old, self.new),
                         (self.old, self.new, self.other)):
                self.assert_does_not_verify("SIGNATURE_INVALID", *keys)
            self.store.ledger("UPDATE checkpoints SET note = ? WHERE size = ?",
                              self.notes[size], size)
        self.assert_verifies(self.old)

    def test_a_checkpoint_signed_with_a_key_before_it_was_added_or_after_it_was_retired(self):
        for size, key in ((self.sizes[0], self.new), (self.sizes[-1], self.old)):
            self.forge(size, key)
            self.assert_found_with_each_key("SIGNATURE_INVALID")
            self.store.ledger("UPDATE checkpoints SET note = ? WHERE size = ?",
                              self.notes[size], size)

    def test_a_key_in_the_table_that_no_event_names(self):
        self.store.ledger("INSERT INTO signing_keys VALUES (?, ?, NULL)",
                          self.other.verifier, self.sizes[-1] - 1)
        self.assert_found_with_each_key("KEY_MISMATCH")
        self.forge(self.sizes[-1], self.other)
        self.assert_found_with_each_key("SIGNATURE_INVALID")

    def test_a_key_in_the_table_under_the_event_of_another(self):
        self.store.ledger("UPDATE signing_keys SET verifier = ? WHERE verifier = ?",
                          self.other.verifier, self.new.verifier)
        self.assert_found_with_each_key("KEY_MISMATCH")

    def test_a_table_that_says_another_time(self):
        self.store.ledger("UPDATE signing_keys SET retired_seq = NULL")
        self.assert_found_with_each_key("KEY_MISMATCH")

    def test_a_table_without_its_rows(self):
        self.store.ledger("DELETE FROM signing_keys")
        self.assert_found_with_each_key("KEY_MISMATCH")

    def test_an_event_that_was_edited(self):
        for seq in (self.added, self.retired):
            with self.subTest(seq=seq):
                copy = self.folder.with_name(f"copy-{seq}")
                shutil.copytree(self.folder, copy)
                path = copy / "segments" / f"{seq // SEGMENT:06d}.db"
                Tampered(copy).edit(path, (
                    f"UPDATE audit_logs SET public_details = replace(public_details,"
                    f" '{self.new.verifier}', '{self.other.verifier}') WHERE id = {seq}"))
                for keys in ((self.old,), (self.new,), ()):
                    ended = self.verify(*keys, folder=copy)
                    self.assertEqual((ended.code, ended.result()["first_bad_seq"]),
                                     (NOT_VERIFIED, seq), ended)

    def test_an_event_edited_together_with_the_table_and_the_checkpoints(self):
        path = self.folder / "segments" / f"{self.added // SEGMENT:06d}.db"
        self.store.edit(path, (
            f"UPDATE audit_logs SET public_details = replace(public_details,"
            f" '{self.new.verifier}', '{self.other.verifier}') WHERE id = {self.added}"))
        self.store.ledger("UPDATE signing_keys SET verifier = ? WHERE verifier = ?",
                          self.other.verifier, self.new.verifier)
        for size in self.sizes:
            if size > self.retired:
                self.forge(size, self.other)
        for keys in ((self.old,), (self.new,), (self.old, self.new)):
            self.assert_does_not_verify("LEAF_MISMATCH", *keys)

    def test_an_event_of_a_producer_adds_no_key(self):
        with self.served() as client:
            Ledger(client).record(
                action="login", details=json.dumps({"key": self.other.verifier}))
            with self.assert_fails(StatusCode.INVALID_ARGUMENT):
                client.record(action="ledger.key_added")
        self.assert_verifies(self.old)


if __name__ == "__main__":
    unittest.main()
