#!/usr/bin/env python3
"""`daybook verify` over a log that has dropped its oldest events."""

import base64
import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import tempfile
import unittest

from harness import erasing
from harness.case import StoreCase
from harness.client import BatchRecordEventsRequest, Client, Event, RecordEventRequest
from harness.daemon import Daemon
from harness.environment import program
from harness.ledger import Ledger, daybook, size_in
from harness.metrics import metrics_of
from harness.migrate import make_store, run
from harness.pruned import SEGMENT, SPAN, prune, wait_for_spans
from harness.waiting import wait_until
from scrub_test import FAST, VerifyLoop
from verify_store_test import NOT_VERIFIED, VERIFIED, Tampered, verify

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit

NOT_PROVABLE = 1
TILE, HASH = 256, 32
BATCH = 1000
ERASED = "tg-erased"


def setUpModule():
    Stores.make()


class Stores:
    """The same log three times: whole, later without its first span, and without two.

    In the first span it changes its key. It says that it drops that in the second.
    """

    @classmethod
    def make(cls):
        # pylint: disable-next=consider-using-with
        temporary = tempfile.TemporaryDirectory(prefix="daybook-test-")
        unittest.addModuleCleanup(temporary.cleanup)
        cls.root = pathlib.Path(temporary.name)
        store = cls.root / "store"
        make_store(store, "--segment-events", SEGMENT)
        cls.first_key = cls.fill(store, end=20_010)
        cls.key_command(store, "rotate")
        cls.fill(store, end=40_020)
        cls.key_command(store, "retire")
        cls.fill(store, end=SPAN + 3_000, erase=True, spans=1)
        cls.gone = cls.thin(store)
        cls.whole = cls.copy(store, "whole")
        cls.first_cut, cls.of_one_span = cls.prune(store)
        cls.fill(store, end=2 * SPAN + 3_000, erase=True, spans=2)
        cls.once = cls.copy(store, "once")
        cls.second_cut, _ = cls.prune(store)
        cls.twice = cls.copy(store, "twice")

    @staticmethod
    @contextlib.contextmanager
    def served(store, *arguments):
        with Daemon(store, *arguments) as daemon, Client(daemon.address, "shop") as client:
            yield client
            os.kill(daemon.pid, signal.SIGTERM)
            daemon.wait_for_line("stopped")

    @classmethod
    def fill(cls, store, end, erase=False, spans=0):
        """Records up to `end`; the first checkpoint of what it records."""
        with cls.served(store) as client:
            first = None
            for begin in range(client.size(), end, BATCH):
                is_signed = begin // BATCH % 8 == 0 or first is None or begin + BATCH >= end
                client.call("BatchRecordEvents", BatchRecordEventsRequest(
                    requests=[RecordEventRequest(event=cls.event(each))
                              for each in range(begin, min(begin + BATCH, end))],
                    wait_for=audit.WAIT_FOR_CHECKPOINT if is_signed
                    else audit.WAIT_FOR_UNSPECIFIED))
                first = first or Ledger(client).checkpoint()
            if erase:
                assert erasing.erase(client, f'telegram_id = "{ERASED}"').event_count > 0
            wait_for_spans(client, spans)
            return first

    @staticmethod
    def event(number):
        if number % 1000 == 7:
            return Event(action="login", telegram_id=ERASED if number % 5000 == 7 else "tg-other")
        return Event(action="login" if number % 3 else "order_paid")

    @staticmethod
    def key_command(store, command):
        ended = daybook("key", command, "--signer-dir", f"{store}.signer")
        assert ended.code == 0, ended

    @classmethod
    def prune(cls, store):
        """Drops what can be dropped; the answer, and the checkpoint that it was asked with."""
        with cls.served(store) as client:
            checkpoint = Ledger(client).checkpoint()
            answer = prune(client, checkpoint)
            assert answer.HasField("declaration_seq"), answer
            return answer, checkpoint

    @classmethod
    def thin(cls, store):
        """Removes a checkpoint, with those that end in the same tile, as the service does
        after a day; its note."""
        with contextlib.closing(sqlite3.connect(store / "ledger.db")) as ledger:
            notes = dict(ledger.execute("SELECT size, note FROM checkpoints"))
            said = {seq for seq, in ledger.execute("SELECT seq FROM manifests")}
            said |= {seq for pair in ledger.execute(
                "SELECT added_seq, retired_seq FROM signing_keys") for seq in pair if seq}
            size = next(size for size in sorted(notes)
                        if 41_000 < size < SPAN and size % TILE
                        and not any(seq // TILE == size // TILE for seq in said))
            ledger.execute(f"DELETE FROM checkpoints WHERE (size - 1) / {TILE} = {size // TILE}")
            ledger.commit()
        return notes[size]

    @classmethod
    def copy(cls, store, name):
        folder = cls.root / name / "store"
        shutil.copytree(store, folder)
        shutil.copytree(f"{store}.signer", f"{folder}.signer")
        return folder


class PrunedCase(StoreCase):

    def copied(self, store):
        folder = self.folder.parent / "copy"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(f"{folder}.signer", ignore_errors=True)
        shutil.copytree(store, folder)
        shutil.copytree(f"{store}.signer", f"{folder}.signer")
        return Tampered(folder)

    def file_of(self, note):
        file = self.folder.parent / "outside"
        file.write_text(note)
        return file

    def assert_verifies(self, folder, *arguments):
        ended = verify(folder, *arguments)
        self.assertEqual(ended.code, VERIFIED, ended)
        return ended.result()

    def assert_found(self, folder, reason, first=None, last=None, *arguments):
        """Does not verify, with that among what is found; all reasons."""
        ended = verify(folder, *arguments)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        found = [(line["reason"], line["first_seq"], line["last_seq"])
                 for line in ended.json_lines() if line["event"] == "finding"]
        wanted = (reason, first, first if last is None else last)
        self.assertIn(wanted, found, ended)
        return {reason for reason, _, _ in found}

    def rows(self, folder, sql):
        with contextlib.closing(sqlite3.connect(folder / "ledger.db")) as ledger:
            return ledger.execute(sql).fetchall()


class Whole(PrunedCase):

    def test_what_remains_of_a_log_without_its_first_span(self):
        result = self.assert_verifies(Stores.once)

        self.assertEqual(result["dropped_events"], SPAN)
        self.assertEqual(result["dropped_declared_in"], [Stores.first_cut.declaration_seq])
        self.assertEqual(result["events"], result["size"] - SPAN)
        self.assertGreater(result["erased_events"], 0)

    def test_what_remains_of_a_log_that_dropped_twice(self):
        result = self.assert_verifies(Stores.twice)

        self.assertEqual((result["dropped_events"], result["events"]),
                         (2 * SPAN, result["size"] - 2 * SPAN))
        self.assertEqual(result["dropped_declared_in"],
                         [Stores.first_cut.declaration_seq, Stores.second_cut.declaration_seq])

    def test_a_log_that_dropped_nothing_does_not_speak_of_it(self):
        result = self.assert_verifies(Stores.whole)

        self.assertEqual(result["dropped_events"], 0)
        self.assertNotIn("dropped_declared_in", result)

    def test_people_are_told_what_is_no_more(self):
        ended = run([program("daybook"), "verify", str(Stores.once)])

        self.assertEqual(ended.code, VERIFIED, ended)
        self.assertRegex(ended.out, rf"dropped +{SPAN} events: the log begins with {SPAN}, "
                                    rf"declared in event {Stores.first_cut.declaration_seq}\n")

    def test_files_that_a_kill_left_and_what_the_catalog_says_of_them(self):
        copy = self.copied(Stores.once)
        for file in sorted((Stores.whole / "segments").glob("00000[3-9].db")):
            shutil.copy(file, copy.folder / "segments" / file.name)
        with contextlib.closing(sqlite3.connect(copy.folder / "catalog.db")) as catalog:
            catalog.execute("ATTACH ? AS whole", (str(Stores.whole / "catalog.db"),))
            for table, name in (("segments", "number"), ("segment_counts", "segment")):
                catalog.execute(f"INSERT INTO {table} SELECT * FROM whole.{table}"
                                f" WHERE {name} BETWEEN 3 AND 9")
            catalog.commit()

        self.assert_verifies(copy.folder)

    def test_tiles_of_checkpoints_that_were_thinned_since(self):
        copy = self.copied(Stores.once)
        copy.ledger(f"DELETE FROM checkpoints WHERE size BETWEEN 41000 AND {SPAN}")

        self.assert_verifies(copy.folder)

    def test_it_verifies_and_records_while_a_service_runs(self):
        copy = self.copied(Stores.twice)
        with Stores.served(copy.folder) as client:
            client.batch([("", Event(action="login")) for _ in range(300)])
            self.assert_verifies(copy.folder)

    def test_a_rollback_of_such_a_log_that_is_accepted(self):
        copy = self.copied(Stores.twice)
        with Stores.served(copy.folder) as client:
            Ledger(client).record(action="login")
        newest = max((copy.folder / "segments").glob("[0-9]*.db"))
        copy.edit(newest, "DELETE FROM audit_logs WHERE id = (SELECT max(id) FROM audit_logs)")
        self.assertEqual(verify(copy.folder).code, NOT_VERIFIED)

        with Stores.served(copy.folder, "--accept-rollback") as client:
            Ledger(client).record(action="login")

        result = self.assert_verifies(copy.folder)
        self.assertEqual(result["dropped_declared_in"],
                         [Stores.first_cut.declaration_seq, Stores.second_cut.declaration_seq])


class Outside(PrunedCase):
    """Checkpoints that were kept elsewhere."""

    def test_of_what_is_there(self):
        result = self.assert_verifies(Stores.once, "--since", self.file_of(Stores.of_one_span))

        self.assertTrue(result["anchored"])

    def test_of_what_is_dropped_where_the_store_keeps_what_it_is_proven_with(self):
        for (note,) in self.rows(Stores.twice,
                                 f"SELECT note FROM checkpoints WHERE size < {2 * SPAN}"):
            with self.subTest(size_in(note)):
                result = self.assert_verifies(Stores.twice, "--since", self.file_of(note))

                self.assertTrue(result["anchored"])

    def test_one_with_a_key_that_was_retired_among_what_is_dropped(self):
        result = self.assert_verifies(Stores.twice, "--since", self.file_of(Stores.first_key))

        self.assertTrue(result["anchored"])

    def test_of_what_is_dropped_where_nothing_proves_it(self):
        self.assert_verifies(Stores.whole, "--since", self.file_of(Stores.gone))

        ended = verify(Stores.once, "--since", self.file_of(Stores.gone))

        self.assertEqual(ended.code, NOT_PROVABLE, ended)
        result = ended.result()
        self.assertEqual((result["result"], result["anchored"], result["findings"]),
                         ("not_provable", False, 0))
        told = run([program("daybook"), "verify", str(Stores.once), "--since",
                    str(self.file_of(Stores.gone))])
        self.assertEqual(told.code, NOT_PROVABLE, told)
        self.assertIn("NOT PROVABLE", told.out)

    def test_of_another_history(self):
        line = Stores.first_key.splitlines()[2]
        forged = Stores.first_key.replace(line, base64.b64encode(bytes(HASH)).decode())

        self.assert_found(Stores.twice, "ROOT_MISMATCH", None, None, "--since",
                          self.file_of(forged), "--signer-dir", "/nowhere")


class WhileDropping(PrunedCase):

    def test_neither_the_service_nor_anybody_beside_it_finds_anything(self):
        copy = self.copied(Stores.whole)
        with Daemon(copy.folder, *FAST) as daemon, Client(daemon.address, "shop") as client:
            with VerifyLoop(copy.folder) as beside:
                wait_until(lambda: beside.runs)
                prune(client, Ledger(client).checkpoint())
                wait_until(lambda: beside.runs[-1].result()["dropped_events"] > 0)
            passes = self.passes(daemon)
            wait_until(lambda: self.passes(daemon) >= passes + 2)
            self.assertEqual(daemon.log("scrub_finding"), [])
            self.assertEqual(daemon.log("scrub_stalled"), [])

        self.assertEqual([each for each in beside.runs if each.code != VERIFIED], [])

    @staticmethod
    def passes(daemon):
        return metrics_of(daemon)["daybook_scrub_passes_total", frozenset()]


class Tampering(PrunedCase):

    def tile(self, copy, level=0):
        """One that a checkpoint in the middle of a tile is proven with; its number."""
        size = next(size for size, in self.rows(
            copy.folder, "SELECT size FROM checkpoints ORDER BY size") if size % TILE)
        return size // TILE if level == 0 else size // SPAN

    def flip(self, copy, table, column, where):
        """Changes the first byte of a blob."""
        ((blob,),) = self.rows(copy.folder, f"SELECT {column} FROM {table} WHERE {where}")
        copy.ledger(f"UPDATE {table} SET {column} = ? WHERE {where}",
                    bytes([blob[0] ^ 1]) + blob[1:])

    def test_a_begin_that_was_raised(self):
        copy = self.copied(Stores.once)
        copy.ledger(f"UPDATE log_begin SET seq = {2 * SPAN}")

        reasons = self.assert_found(copy.folder, "UNDECLARED_PRUNING", SPAN, 2 * SPAN - 1)

        self.assertLessEqual({"KEPT_LEAF_MISSING", "KEPT_TILE_MISSING"}, reasons)

    def test_a_begin_that_was_lowered(self):
        for sql in ("UPDATE log_begin SET seq = 0", "DELETE FROM log_begin"):
            with self.subTest(sql):
                copy = self.copied(Stores.once)
                copy.ledger(sql)

                self.assert_found(copy.folder, "SEGMENT_MISSING", 0, SEGMENT - 1)
        copy = self.copied(Stores.twice)
        copy.ledger(f"UPDATE log_begin SET seq = {SPAN}")
        self.assert_found(copy.folder, "SEGMENT_MISSING", SPAN, SPAN + SEGMENT - 1)

    def test_a_begin_where_no_log_begins(self):
        for seq in (1, SPAN + 1, SPAN + SEGMENT, 3 * SPAN, 2**62, -1, -SPAN, -2**63):
            with self.subTest(seq):
                copy = self.copied(Stores.once)
                copy.ledger(f"UPDATE log_begin SET seq = {seq}")

                self.assertEqual(self.assert_found(copy.folder, "LOG_BEGIN_INVALID"),
                                 {"LOG_BEGIN_INVALID"})

    def test_files_and_a_begin_that_nobody_declared(self):
        copy = self.copied(Stores.whole)
        self.drop_first_span(copy)

        reasons = self.assert_found(copy.folder, "UNDECLARED_PRUNING", 0, SPAN - 1)

        self.assertIn("KEPT_LEAF_MISSING", reasons)

    def test_what_is_kept_of_a_declared_drop_does_not_declare_it(self):
        """With all that a true drop of the same span leaves, but its declaration."""
        copy = self.copied(Stores.whole)
        self.drop_first_span(copy)
        with contextlib.closing(sqlite3.connect(copy.folder / "ledger.db")) as ledger:
            ledger.execute("ATTACH ? AS once", (str(Stores.once / "ledger.db"),))
            for table in ("kept_tiles", "kept_leaves"):
                ledger.execute(f"INSERT INTO {table} SELECT * FROM once.{table}")
            ledger.commit()

        self.assertEqual(self.assert_found(copy.folder, "UNDECLARED_PRUNING", 0, SPAN - 1),
                         {"UNDECLARED_PRUNING"})

    def drop_first_span(self, copy):
        for number in range(SPAN // SEGMENT):
            (copy.folder / "segments" / f"{number:06d}.db").unlink()
        copy.catalog(f"DELETE FROM segments WHERE number < {SPAN // SEGMENT}")
        copy.catalog(f"DELETE FROM segment_counts WHERE segment < {SPAN // SEGMENT}")
        copy.ledger(f"INSERT INTO log_begin VALUES (1, {SPAN})")

    def test_without_any_checkpoint_nothing_shows_what_was_dropped(self):
        copy = self.copied(Stores.once)
        for table in ("checkpoints", "edge", "cosignatures"):
            copy.ledger(f"DELETE FROM {table}")
        copy.ledger(f"DELETE FROM subtrees WHERE number >= {SPAN // SPAN}")

        self.assert_found(copy.folder, "UNDECLARED_PRUNING", 0, SPAN - 1)

    def test_a_lower_tile_that_was_edited(self):
        copy = self.copied(Stores.once)
        number = self.tile(copy)
        self.flip(copy, "kept_tiles", "hashes", f"level = 0 AND number = {number}")

        self.assertEqual(
            self.assert_found(copy.folder, "KEPT_TILE_MISMATCH", number * TILE,
                              number * TILE + TILE - 1), {"KEPT_TILE_MISMATCH"})

    def test_an_upper_tile_that_was_edited(self):
        copy = self.copied(Stores.twice)
        self.flip(copy, "kept_tiles", "hashes", "level = 1 AND number = 1")

        self.assertEqual(self.assert_found(copy.folder, "KEPT_TILE_MISMATCH", SPAN, 2 * SPAN - 1),
                         {"KEPT_TILE_MISMATCH"})

    def test_a_tile_that_was_removed(self):
        copy = self.copied(Stores.once)
        number = self.tile(copy)
        copy.ledger(f"DELETE FROM kept_tiles WHERE level = 0 AND number = {number}")
        self.assert_found(copy.folder, "KEPT_TILE_MISSING", number * TILE,
                          number * TILE + TILE - 1)

        copy = self.copied(Stores.once)
        copy.ledger("DELETE FROM kept_tiles WHERE level = 1")
        self.assertEqual(self.assert_found(copy.folder, "KEPT_TILE_MISSING", 0, SPAN - 1),
                         {"KEPT_TILE_MISSING"})

    def test_a_tile_of_what_is_not_dropped_or_of_no_level(self):
        for level, number in ((0, 300), (1, 1), (2, 0), (0, -1), (1, 2**62), (-1, 0)):
            with self.subTest(level=level, number=number):
                copy = self.copied(Stores.once)
                copy.ledger("INSERT INTO kept_tiles VALUES (?, ?, zeroblob(8192))", level, number)

                self.assertEqual(self.assert_found(copy.folder, "KEPT_TILE_MISMATCH"),
                                 {"KEPT_TILE_MISMATCH"})

    def leaf_of(self, copy, action):
        return next(seq for seq, leaf in self.rows(
            copy.folder, "SELECT seq, leaf FROM kept_leaves ORDER BY seq")
            if action.encode() in leaf)

    def test_leaves_are_kept_of_all_that_the_service_said_of_the_log(self):
        for action in ("segment.sealed", "ledger.key_added", "ledger.key_retired",
                       "ledger.pruned"):
            seq = self.leaf_of(self.copied(Stores.twice), action)
            for edit, reason in (
                    (f"DELETE FROM kept_leaves WHERE seq = {seq}", "KEPT_LEAF_MISSING"),
                    (f"UPDATE kept_leaves SET leaf = zeroblob(20) WHERE seq = {seq}",
                     "KEPT_LEAF_MISMATCH"),
                    (f"UPDATE kept_leaves SET leaf = CAST(leaf || x'00' AS BLOB)"
                     f" WHERE seq = {seq}", "KEPT_LEAF_MISMATCH")):
                with self.subTest(edit, action=action):
                    copy = self.copied(Stores.twice)
                    copy.ledger(edit)

                    self.assertIn(reason, self.reasons(copy.folder))

    def reasons(self, folder):
        ended = verify(folder)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        return {line["reason"] for line in ended.json_lines() if line["event"] == "finding"}

    def test_a_leaf_that_says_something_else(self):
        copy = self.copied(Stores.twice)
        seq = self.leaf_of(copy, "ledger.pruned")
        ((leaf,),) = self.rows(copy.folder, f"SELECT leaf FROM kept_leaves WHERE seq = {seq}")
        edited = leaf.replace(b'"tester"', b'"nobody"')
        self.assertNotEqual(edited, leaf)
        copy.ledger(f"UPDATE kept_leaves SET leaf = ? WHERE seq = {seq}", edited)

        self.assertEqual(self.assert_found(copy.folder, "KEPT_LEAF_MISMATCH", seq),
                         {"KEPT_LEAF_MISMATCH"})

    def test_a_leaf_in_the_place_of_another(self):
        copy = self.copied(Stores.twice)
        seq = self.leaf_of(copy, "ledger.key_retired")
        copy.ledger(f"UPDATE kept_leaves SET seq = {seq + 1} WHERE seq = {seq}")

        self.assertIn("KEPT_LEAF_MISMATCH", self.reasons(copy.folder))

    def test_a_subtree_that_was_edited(self):
        for store, number in ((Stores.once, 0), (Stores.twice, 0), (Stores.twice, 1)):
            with self.subTest(store=store.parent.name, number=number):
                copy = self.copied(store)
                self.flip(copy, "subtrees", "hash", f"number = {number}")

                self.assertLessEqual(
                    self.assert_found(copy.folder, "SUBTREE_MISMATCH", number * SPAN,
                                      (number + 1) * SPAN - 1),
                    {"SUBTREE_MISMATCH"})

    def test_a_subtree_and_the_tile_below_it_that_were_edited_to_fit(self):
        copy = self.copied(Stores.once)
        copy.ledger("DELETE FROM kept_tiles")
        self.flip(copy, "subtrees", "hash", "number = 0")

        self.assert_found(copy.folder, "SUBTREE_MISMATCH", 0, SPAN - 1)

    def test_a_subtree_that_is_missing(self):
        copy = self.copied(Stores.twice)
        copy.ledger("DELETE FROM subtrees WHERE number = 1")

        self.assertEqual(self.assert_found(copy.folder, "SUBTREE_MISSING", SPAN, 2 * SPAN - 1),
                         {"SUBTREE_MISSING"})

    def test_counts_that_were_edited(self):
        for edit in ("counts = replace(counts, 'login,SUCCESS,', 'login,SUCCESS,1')",
                     "counts = counts || 'login,DENIED,1' || char(10)", "counts = ''"):
            with self.subTest(edit):
                copy = self.copied(Stores.once)
                copy.ledger(f"UPDATE manifests SET {edit} WHERE span = 0")

                self.assertEqual(self.assert_found(copy.folder, "MANIFEST_MISMATCH"),
                                 {"MANIFEST_MISMATCH"})

    def test_counts_that_are_missing_or_of_another_event(self):
        for sql in ("DELETE FROM manifests WHERE span = 0",
                    "DELETE FROM manifests", "UPDATE manifests SET seq = 5 WHERE span = 0"):
            with self.subTest(sql):
                copy = self.copied(Stores.twice)
                copy.ledger(sql)

                self.assertTrue({"MANIFEST_MISMATCH", "KEPT_LEAF_MISSING"} &
                                self.reasons(copy.folder))

    def test_a_checkpoint_among_what_is_dropped_that_was_edited(self):
        copy = self.copied(Stores.once)
        ((size, note),) = self.rows(
            copy.folder, f"SELECT size, note FROM checkpoints WHERE size < {SPAN}"
                         " ORDER BY size LIMIT 1")
        line = note.splitlines()[2]
        copy.ledger(f"UPDATE checkpoints SET note = ? WHERE size = {size}",
                    note.replace(line, base64.b64encode(bytes(HASH)).decode()))

        self.assertEqual(self.reasons(copy.folder), {"SIGNATURE_INVALID"})
        self.assert_found(copy.folder, "ROOT_MISMATCH", None, None, "--signer-dir", "/nowhere")

    def test_a_row_that_was_edited_is_the_only_finding(self):
        copy = self.copied(Stores.once)
        seq = SPAN + 10
        path = copy.segment(seq).with_name(f"{seq // SEGMENT:06d}.db")
        copy.edit(path, f"UPDATE audit_logs SET reason = 'x' WHERE id = {seq}")

        self.assertEqual(self.assert_found(copy.folder, "LEAF_MISMATCH", seq), {"LEAF_MISMATCH"})


if __name__ == "__main__":
    unittest.main()
