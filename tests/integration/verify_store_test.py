#!/usr/bin/env python3
"""`daybook verify` names the first bad event, whatever was changed in a store."""

import array
import contextlib
import hashlib
import itertools
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

from harness import erasing, merkle
from harness.case import StoreCase
from harness.client import BatchRecordEventsRequest, Client, Event, RecordEventRequest
from harness.daemon import Daemon
from harness.environment import PATIENCE, program
from harness.migrate import make_store, run
from harness.waiting import wait_until

# Generated; found once the harness is imported.
from daybook.audit.v1 import audit_service_pb2 as audit

VERIFIED, USAGE, NOT_FOUND, NOT_VERIFIED = 0, 2, 3, 5

# Segments of 100 events, so that six are sealed and one is active; two tiles, and a tail that
# only the newest checkpoint's edge covers.
SEGMENT = 100
SIZES = (350, 512, 650)
IN_TILE, IN_TAIL, IN_ACTIVE = 123, 541, 641
BARE = 124  # an event of the least fields
FAILURES_COLUMNS = ("created_at, outcome, action, telegram_id, user_id, actor, ip_address,"
                    " resource_type, producer, tenant")


def full_event(number):
    event = Event(
        action="withdrawal_failed", reason="LIMIT", user_id=number, telegram_id=f"tg-{number % 7}",
        actor=f"service:{number % 3}", resource_type="withdrawal", resource_id=f"r-{number}",
        details='{"amount":12.50}', ip_address="203.0.113.9", user_agent="curl/8",
        tenant="shop-1", producer_sequence=number, trace_id=f"{number:032x}",
        correlation_id=f"c-{number}")
    event.event_time.FromSeconds(1_700_000_000 + number)
    return event


def event_of(number):
    return Event(action="login") if number % 4 == 0 else full_event(number)


def record_signed(client, begin, end):
    """Records events, and waits until a checkpoint covers them."""
    for first in range(begin, end, 50):
        numbers = range(first, min(first + 50, end))
        client.call("BatchRecordEvents", BatchRecordEventsRequest(
            requests=[RecordEventRequest(event=event_of(each),
                                         request_id="" if each % 4 == 0 else f"id-{each}")
                      for each in numbers],
            wait_for=audit.WAIT_FOR_CHECKPOINT))


def verify(folder, *arguments):
    return run([program("daybook"), "verify", str(folder), "--json", *map(str, arguments)])


class Tampered:
    """A copy of a stopped store, to be changed behind its back."""

    def __init__(self, folder):
        self.folder = folder

    def segment(self, seq):
        return self.folder / "segments" / f"{seq // SEGMENT:06d}.db"

    def edit(self, path, *steps):
        """Runs SQL, or calls, with triggers and checks out of the way and put back."""
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            triggers = database.execute(
                "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
            database.execute("PRAGMA ignore_check_constraints = ON")
            for name, _ in triggers:
                database.execute(f"DROP TRIGGER {name}")
            for step in steps:
                if callable(step):
                    step(database)
                else:
                    database.execute(step)
            for _, sql in triggers:
                database.execute(sql)

    def edit_row(self, seq, *assignments):
        for assignment in assignments:
            self.edit(self.segment(seq), f"UPDATE audit_logs SET {assignment} WHERE id = {seq}")

    def set_schema(self, path, name, sql):
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA writable_schema = ON")
            database.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (sql, name))

    def schema(self, path, name):
        with contextlib.closing(sqlite3.connect(path)) as database:
            return database.execute(
                "SELECT sql FROM sqlite_schema WHERE name = ?", (name,)).fetchone()[0]

    def edit_without_types(self, seq, assignment):
        """Puts a value into a column that cannot hold it."""
        path = self.segment(seq)
        right = self.schema(path, "audit_logs")
        self.set_schema(path, "audit_logs", right.removesuffix(" STRICT"))
        self.edit_row(seq, assignment)
        self.set_schema(path, "audit_logs", right)

    def remake_index(self, path, name, sql):
        """Gives an index another content under its old text."""
        right = self.schema(path, name)
        self.edit(path, f"DROP INDEX {name}", sql)
        self.set_schema(path, name, right)

    def ledger(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.folder / "ledger.db")) as ledger:
            ledger.execute(sql, values)
            ledger.commit()

    def catalog(self, sql):
        with contextlib.closing(sqlite3.connect(self.folder / "catalog.db")) as catalog:
            catalog.execute(sql)
            catalog.commit()


def sha256(data):
    return hashlib.sha256(data).digest()


def wait_until_sealed(folder, segments, client):
    def is_sealed():
        client.size()  # lets it work
        with contextlib.closing(sqlite3.connect(
                f"file:{folder}/catalog.db?mode=ro", uri=True)) as catalog:
            return catalog.execute("SELECT count(*) FROM segments").fetchone()[0] == segments
    wait_until(is_sealed, "the segments were not sealed")


class TamperCase(StoreCase):
    """The tests of a class share one store, of which each has its own copy."""

    @classmethod
    def setUpClass(cls):
        shared = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))
        cls.store = shared / "store"
        cls.older = shared / "older.db"  # segment 3, when it was half full
        make_store(cls.store, "--segment-events", SEGMENT)
        with Daemon(cls.store) as daemon, Client(daemon.address, "shop") as client:
            for begin, end in zip((0, *SIZES), SIZES):
                record_signed(client, begin, end)
                if end == SIZES[0]:
                    cls.copy(cls.store / "segments" / "000003.db", cls.older)
            wait_until_sealed(cls.store, SIZES[-1] // SEGMENT, client)
            events = client.all(page_size=1000, order_by="seq")
            assert daemon.stop() == 0
        cls.leaves = [event.leaf_hash for event in events]
        cls.key = merkle.SigningKey(f"{cls.store}.signer/signing.key")
        cls.other_key = merkle.other_key(shared, cls.key.name)
        # Of those that were signed in between there may be some.
        Tampered(cls.store).ledger(f"DELETE FROM checkpoints WHERE size NOT IN {SIZES}")

    @staticmethod
    def copy(path, to):
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source:
            with contextlib.closing(sqlite3.connect(to)) as target:
                source.backup(target)

    def tampered(self):
        folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "store"
        shutil.copytree(self.store, folder)
        shutil.copytree(f"{self.store}.signer", f"{folder}.signer")
        return Tampered(folder)

    def assert_verifies(self, folder, *arguments):
        ended = verify(folder, *arguments)
        self.assertEqual(ended.code, VERIFIED, ended)
        return ended.result()

    def assert_fails_to_verify(self, folder, first_bad, reason, *arguments):
        ended = verify(folder, *arguments)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        result = ended.result()
        reasons = {line["reason"] for line in ended.json_lines() if line["event"] == "finding"}
        self.assertEqual(result["first_bad_seq"], first_bad, ended)
        self.assertIn(reason, reasons, ended)
        return ended

    def columns(self):
        with contextlib.closing(sqlite3.connect(self.store / "segments" / "000000.db")) as database:
            return [(name, kind) for _, name, kind, *_ in
                    database.execute("PRAGMA table_info(audit_logs)")]


class Whole(TamperCase):

    def test_a_store_that_nobody_touched_verifies(self):
        result = self.assert_verifies(self.store)

        self.assertEqual((result["size"], result["events"], result["erased_events"]),
                         (SIZES[-1], SIZES[-1], 0))
        self.assertEqual((result["checkpoint_size"], result["events_beyond"]), (SIZES[-1], 0))
        self.assertEqual((result["attestation"], result["anchored"]), ("self", False))

    def test_a_copy_verifies_and_stays_as_it_is(self):
        copy = self.tampered()
        before = self.content(copy.folder)

        self.assert_verifies(copy.folder)

        self.assertEqual(self.content(copy.folder), before)

    def test_people_are_told_what_the_result_does_not_rest_on(self):
        ended = run([program("daybook"), "verify", str(self.store)])

        self.assertEqual(ended.code, VERIFIED, ended)
        for word in ("verified", "SELF-ATTESTED", "UNANCHORED", f"size {SIZES[-1]}"):
            self.assertIn(word, ended.out)

    def test_a_key_that_is_given_and_a_checkpoint_from_outside_are_said(self):
        key = self.key.verifier
        outside = self.folder.parent / "outside"
        outside.write_text(self.key.checkpoint(self.leaves[:400]))

        result = self.assert_verifies(self.store, "--key", key, "--since", outside)

        self.assertEqual((result["attestation"], result["anchored"]), ("key", True))

    def test_another_key_does_not_verify(self):
        self.assert_fails_to_verify(
            self.store, None, "SIGNATURE_INVALID", "--key", self.other_key.verifier)

    def test_a_checkpoint_from_outside_of_another_history_does_not_verify(self):
        outside = self.folder.parent / "outside"
        outside.write_text(self.key.checkpoint(self.leaves[1:401]))

        self.assert_fails_to_verify(self.store, None, "ROOT_MISMATCH", "--since", outside)

    def test_a_checkpoint_from_outside_of_a_longer_log_shows_that_it_was_cut_short(self):
        outside = self.folder.parent / "outside"
        outside.write_text(self.key.checkpoint([*self.leaves, self.leaves[0]]))

        self.assert_fails_to_verify(self.store, SIZES[-1], "LOG_CUT_SHORT", "--since", outside)

    def test_a_checkpoint_from_outside_that_the_log_did_not_sign_does_not_verify(self):
        outside = self.folder.parent / "outside"
        outside.write_text(self.other_key.checkpoint(self.leaves[:400]))

        self.assert_fails_to_verify(self.store, None, "SIGNATURE_INVALID", "--since", outside)

    def test_a_store_without_checkpoints_is_unsigned(self):
        copy = self.tampered()
        copy.ledger("DELETE FROM checkpoints")
        copy.ledger("DELETE FROM edge")

        result = self.assert_verifies(copy.folder)

        self.assertEqual((result["attestation"], result["events_beyond"]),
                         ("unsigned", SIZES[-1]))

    def test_a_store_of_version_1_is_unsigned(self):
        copy = self.tampered()
        for table in ("checkpoints", "cosignatures", "subtrees", "edge", "erasures", "manifests",
                      "signing_keys", "log_begin", "kept_tiles", "kept_leaves", "snapshots"):
            copy.ledger(f"DROP TABLE {table}")
        copy.ledger("DELETE FROM mig_history WHERE version > 1")
        copy.ledger("PRAGMA user_version = 1")

        self.assertEqual(self.assert_verifies(copy.folder)["attestation"], "unsigned")

    def test_without_any_key_signatures_are_not_checked_and_that_is_said(self):
        result = self.assert_verifies(self.store, "--signer-dir", "/nowhere")

        self.assertEqual(result["attestation"], "unchecked")

    def test_a_catalog_that_is_missing_is_made_anew_one_day(self):
        copy = self.tampered()
        (copy.folder / "catalog.db").unlink()

        self.assert_verifies(copy.folder)

    def test_no_store_ends_with_3_and_a_bad_key_with_2(self):
        self.assertEqual(verify("/nowhere").code, NOT_FOUND)
        self.assertEqual(verify(self.store, "--key", "nonsense").code, USAGE)
        self.assertEqual(verify(self.store, "--since", "/nowhere").code, USAGE)

    def test_a_store_verifies_while_a_service_records_into_it(self):
        copy = self.tampered()
        with Daemon(copy.folder) as daemon, Client(daemon.address, "shop") as client:
            sender = subprocess.Popen(
                [program("daybook"), "verify", str(copy.folder), "--json"],
                stdout=subprocess.PIPE, text=True)
            while sender.poll() is None:
                client.batch([("", full_event(each)) for each in range(40)])
            out, _ = sender.communicate(timeout=PATIENCE)
            self.assertEqual(sender.returncode, VERIFIED, out)
            result = self.assert_verifies(copy.folder)

        self.assertGreater(result["events"], SIZES[-1])

    @staticmethod
    def content(folder):
        return {path: hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted(folder.rglob("*")) if path.is_file()}


class Rows(TamperCase):

    def test_any_column_of_any_row(self):
        changes = {"INTEGER": "ifnull({0}, 0) + 1", "TEXT": "ifnull({0}, '') || 'x'",
                   "BLOB": "zeroblob(32)"}
        for seq in (IN_TILE, IN_TAIL, IN_ACTIVE):
            for name, kind in self.columns():
                if name == "id":
                    continue
                with self.subTest(seq=seq, column=name):
                    copy = self.tampered()
                    copy.edit_row(seq, f"{name} = {changes[kind].format(name)}")

                    ended = verify(copy.folder)

                    self.assertEqual(ended.code, NOT_VERIFIED, ended)
                    self.assertEqual(ended.result()["first_bad_seq"], seq, ended)

    def test_any_column_made_null(self):
        for name, _ in self.columns():
            if name in ("id", "public_details", "redaction"):
                continue
            with self.subTest(column=name):
                copy = self.tampered()
                path = copy.segment(IN_TILE)
                right = copy.schema(path, "audit_logs")
                copy.set_schema(path, "audit_logs", right.replace(" NOT NULL", ""))
                copy.edit_row(IN_TILE, f"{name} = NULL")
                copy.set_schema(path, "audit_logs", right)

                ended = verify(copy.folder)

                self.assertEqual(ended.code, NOT_VERIFIED, ended)
                self.assertEqual(ended.result()["first_bad_seq"], IN_TILE, ended)

    def test_text_that_is_a_blob(self):
        for name, kind in self.columns():
            if kind != "TEXT" or name == "public_details":
                continue
            with self.subTest(column=name):
                copy = self.tampered()
                copy.edit_without_types(IN_TILE, f"{name} = CAST({name} AS BLOB)")

                self.assert_fails_to_verify(copy.folder, IN_TILE, "COLUMN_TYPE")

    def test_a_number_that_is_text(self):
        copy = self.tampered()
        copy.edit_without_types(IN_TILE, "user_id = 'seven'")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "COLUMN_TYPE")

    def test_nothing_that_is_empty_or_zero(self):
        for assignment, reason in (("reason = ''", "EMPTY_TEXT"), ("actor = ''", "EMPTY_TEXT"),
                                   ("user_id = 0", "SALT_INVALID"),
                                   ("producer_sequence = 0", "LEAF_MISMATCH")):
            with self.subTest(assignment):
                copy = self.tampered()
                copy.edit_row(BARE, assignment)

                self.assert_fails_to_verify(copy.folder, BARE, reason)

    def test_a_salt_of_another_length_and_a_salt_of_nothing(self):
        for seq, assignment in ((IN_TILE, "salt = zeroblob(31)"), (IN_TILE, "salt = zeroblob(33)"),
                                (BARE, "salt = zeroblob(32)")):
            with self.subTest(seq=seq, assignment=assignment):
                copy = self.tampered()
                copy.edit_row(seq, assignment)

                self.assert_fails_to_verify(copy.folder, seq, "SALT_INVALID")

    def test_a_record_time_that_was_put_back(self):
        copy = self.tampered()
        copy.edit_row(IN_TILE, "created_at = created_at - 3600000000")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "TIME_DECREASES")

    def test_a_leaf_version_of_tomorrow(self):
        copy = self.tampered()
        copy.edit_row(IN_TILE, "leaf_version = 2")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "LEAF_VERSION")

    def test_a_row_that_was_deleted(self):
        for seq in (0, IN_TILE, 299, IN_TAIL, IN_ACTIVE):
            with self.subTest(seq=seq):
                copy = self.tampered()
                copy.edit(copy.segment(seq), f"DELETE FROM audit_logs WHERE id = {seq}")

                self.assert_fails_to_verify(copy.folder, seq, "ROW_MISSING")

    def test_two_rows_that_changed_places(self):
        copy = self.tampered()
        copy.edit(copy.segment(IN_TILE), f"UPDATE audit_logs SET id = -1 WHERE id = {IN_TILE}",
                  f"UPDATE audit_logs SET id = {IN_TILE} WHERE id = {IN_TILE + 2}",
                  f"UPDATE audit_logs SET id = {IN_TILE + 2} WHERE id = -1")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "LEAF_MISMATCH")

    def test_a_row_that_was_moved(self):
        copy = self.tampered()
        copy.edit_row(IN_TILE, "id = 5000")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "ROW_UNEXPECTED")

    def test_a_row_that_was_inserted(self):
        columns = ", ".join(name for name, _ in self.columns() if name != "id")
        copy = self.tampered()
        copy.edit(copy.segment(IN_TILE), f"INSERT INTO audit_logs (id, {columns})"
                  f" SELECT 1000, {columns} FROM audit_logs WHERE id = {IN_TILE}")

        self.assert_fails_to_verify(copy.folder, 1000, "ROW_UNEXPECTED")

    def test_what_was_recorded_behind_the_newest_checkpoint_is_counted(self):
        columns = ", ".join(name for name, _ in self.columns() if name != "id")
        copy = self.tampered()
        copy.edit(copy.segment(IN_ACTIVE), f"INSERT INTO audit_logs (id, {columns})"
                  f" SELECT {SIZES[-1]}, {columns} FROM audit_logs WHERE id = {SIZES[-1] - 1}")

        self.assertEqual(self.assert_verifies(copy.folder)["events_beyond"], 1)

    def test_the_last_rows_cut_off(self):
        copy = self.tampered()
        copy.edit(copy.segment(IN_ACTIVE), "DELETE FROM audit_logs WHERE id >= 645")

        self.assert_fails_to_verify(copy.folder, 645, "LOG_CUT_SHORT")

    def test_the_last_rows_cut_off_of_a_log_without_checkpoints_below_its_last_tile(self):
        copy = self.tampered()
        copy.ledger("DELETE FROM checkpoints")
        copy.ledger("DELETE FROM edge")
        copy.segment(IN_ACTIVE).unlink()
        copy.edit(copy.segment(510), "DELETE FROM audit_logs WHERE id >= 510")
        copy.catalog("DELETE FROM segments WHERE number = 5")
        copy.catalog("DELETE FROM segment_counts WHERE segment = 5")

        self.assert_fails_to_verify(copy.folder, 510, "LOG_CUT_SHORT")

    def test_a_segment_that_is_gone(self):
        for seq, reason in ((600, "LOG_CUT_SHORT"), (500, "SEGMENT_MISSING"),
                            (200, "SEGMENT_MISSING"), (0, "SEGMENT_MISSING")):
            with self.subTest(seq=seq):
                copy = self.tampered()
                copy.segment(seq).unlink()

                self.assert_fails_to_verify(copy.folder, seq, reason)

    def test_a_sealed_segment_put_back_as_it_was_earlier(self):
        copy = self.tampered()
        shutil.copy(self.older, copy.segment(350))

        self.assert_fails_to_verify(copy.folder, 350, "ROW_MISSING")

    def test_a_segment_that_is_another(self):
        copy = self.tampered()
        shutil.copy(copy.segment(200), copy.segment(300))

        self.assert_fails_to_verify(copy.folder, 200, "ROW_UNEXPECTED")

    def test_a_segment_that_is_no_database(self):
        copy = self.tampered()
        copy.segment(300).write_bytes(b"not a database" * 1000)

        self.assert_fails_to_verify(copy.folder, 300, "FILE_DAMAGED")


class Erasures(TamperCase):

    CLIENT = "ip_address = NULL, user_agent = NULL"

    def redaction(self, seq, erased):
        """What the service would keep of an event of which it erased a group."""
        copy = Tampered(self.store)
        with contextlib.closing(sqlite3.connect(copy.segment(seq))) as database:
            database.row_factory = sqlite3.Row
            row = database.execute("SELECT * FROM audit_logs WHERE id = ?", (seq,)).fetchone()
        fields = {1: ("user_id", "telegram_id", "actor"), 2: ("ip_address", "user_agent"),
                  3: ("resource_id", "trace_id", "correlation_id", "request_id"), 4: ("details",)}
        kept = b""
        for group, names in fields.items():
            salt = sha256(bytes([3, group]) + row["salt"])
            encoded = b"".join(self.encoded(place, row[name])
                               for place, name in enumerate(names, 1) if row[name] is not None)
            commitment = sha256(bytes([2, group]) + salt + encoded)
            kept += bytes([group, 2]) + commitment if group == erased else bytes([group, 1]) + salt
        return kept

    @staticmethod
    def encoded(field, value):
        def varint(number):
            out = b""
            while number >= 0x80:
                out += bytes([number & 0x7F | 0x80])
                number >>= 7
            return out + bytes([number])
        if isinstance(value, int):
            return varint(field * 8) + varint(value)
        return varint(field * 8 + 2) + varint(len(value.encode())) + value.encode()

    def test_a_group_cleared_by_hand(self):
        copy = self.tampered()
        copy.edit_row(IN_TILE, self.CLIENT)

        self.assert_fails_to_verify(copy.folder, IN_TILE, "LEAF_MISMATCH")

    def test_a_group_cleared_as_the_service_does_it_but_not_declared(self):
        copy = self.tampered()
        redaction = self.redaction(IN_TILE, 2).hex()
        copy.edit_row(IN_TILE, f"{self.CLIENT}, salt = NULL, redaction = x'{redaction}'")

        ended = self.assert_fails_to_verify(copy.folder, IN_TILE, "UNDECLARED_ERASURE")

        self.assertEqual(ended.result()["erased_events"], 1)
        self.assertEqual(ended.result()["findings"], 1)

    def test_a_redaction_that_is_none(self):
        copy = self.tampered()
        copy.edit_row(IN_TILE, f"{self.CLIENT}, salt = NULL, redaction = x'0102'")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "REDACTION_INVALID")

    def test_an_erased_event_that_kept_its_salt(self):
        copy = self.tampered()
        redaction = self.redaction(IN_TILE, 2).hex()
        copy.edit_row(IN_TILE, f"{self.CLIENT}, redaction = x'{redaction}'")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "ERASURE_INCOMPLETE")


class DeclaredErasures(TamperCase):
    """Of one event, by the service."""

    def erased(self):
        copy = self.tampered()
        with Daemon(copy.folder) as daemon, Client(daemon.address) as client:
            answer = erasing.erase(client, f"user_id = {IN_TILE}", groups=(erasing.CLIENT,))
            self.assertEqual(list(answer.declaration_seqs), [SIZES[-1]])
            self.assertEqual(daemon.stop(), 0)
        return copy

    def test_what_was_declared_and_erased_verifies(self):
        copy = self.erased()

        result = self.assert_verifies(copy.folder)

        self.assertEqual((result["erased_events"], result["size"]), (1, SIZES[-1] + 1))

    def test_a_segment_put_back_as_it_was_before(self):
        copy = self.erased()
        shutil.copy(self.store / "segments" / "000001.db", copy.segment(IN_TILE))

        self.assert_fails_to_verify(copy.folder, IN_TILE, "ERASURE_INCOMPLETE")

    def test_a_value_put_back_beside_what_was_erased(self):
        copy = self.erased()
        copy.edit_row(IN_TILE, "ip_address = '203.0.113.9'")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "ERASURE_INCOMPLETE")

    def test_a_declaration_that_was_changed(self):
        copy = self.erased()
        copy.edit_row(SIZES[-1], f"details = replace(details, '{IN_TILE}', '{BARE}')")

        self.assert_fails_to_verify(copy.folder, IN_TILE, "UNDECLARED_ERASURE")


class Filters(TamperCase):
    """What a filter denies a query does not look for, whatever the rows are."""

    SUBJECTS, REQUESTS = "subjects-000000.filter", "requests-000000.filter"
    HEADER = 4096
    # In each segment the first event that has anything to be found by.
    FIRST = (1, 101, 201, 301, 401, 501)

    @staticmethod
    def change_words(path, change):
        """Each word of the file has a bit for each segment."""
        content = path.read_bytes()
        words = array.array("Q", content[Filters.HEADER:])
        changed = array.array("Q", map(change, words))
        with path.open("r+b") as file:  # in its place: a service has it mapped
            file.seek(Filters.HEADER)
            file.write(changed.tobytes())

    def path(self, copy, name):
        return copy.folder / "segments" / name

    def assert_finds(self, copy, first_bad, *files):
        ended = self.assert_fails_to_verify(copy.folder, first_bad, "FILTER_MISMATCH")
        what = [line["what"] for line in ended.json_lines() if line["event"] == "finding"]
        self.assertEqual(len(what), len(files), ended)
        for file, each in zip(sorted(files), sorted(what)):
            self.assertIn(f"segments/{file} ", each)

    def test_a_segment_that_is_taken_out(self):
        for name in (self.SUBJECTS, self.REQUESTS):
            for segment, first in enumerate(self.FIRST):
                with self.subTest(name=name, segment=segment):
                    copy = self.tampered()
                    self.change_words(self.path(copy, name), lambda word: word & ~(1 << segment))

                    self.assert_finds(copy, first, name)

    def test_any_one_bit_that_is_taken_out(self):
        path = self.path(Tampered(self.store), self.SUBJECTS)
        words = array.array("Q", path.read_bytes()[self.HEADER:])
        places = [place for place, word in enumerate(words) if word >> 1 & 1]
        for place in places[::len(places) // 8]:
            with self.subTest(place=place):
                copy = self.tampered()
                numbers = itertools.count()
                self.change_words(
                    self.path(copy, self.SUBJECTS),
                    lambda word: word & ~2 if next(numbers) == place else word)

                ended = verify(copy.folder)

                self.assertEqual(ended.code, NOT_VERIFIED, ended)
                self.assertEqual(ended.result()["reason"], "FILTER_MISMATCH")
                self.assertEqual(ended.result()["first_bad_seq"] // SEGMENT, 1, ended)

    def test_the_filter_of_another_segment(self):
        copy = self.tampered()
        self.change_words(self.path(copy, self.SUBJECTS),
                          lambda word: word & ~2 | (word >> 2 & 1) << 1)

        self.assert_finds(copy, 101, self.SUBJECTS)

    def test_the_file_of_another_kind(self):
        copy = self.tampered()
        shutil.copy(self.path(copy, self.REQUESTS), self.path(copy, self.SUBJECTS))

        self.assert_finds(copy, None, self.SUBJECTS)

    def test_a_file_that_is_cut_short_and_one_that_is_no_filter(self):
        for change in (lambda content: content[:-1], lambda content: content[:self.HEADER],
                       lambda content: b"x" * len(content),
                       lambda content: content[8:16] + content[8:]):
            copy = self.tampered()
            for name in (self.SUBJECTS, self.REQUESTS):
                path = self.path(copy, name)
                path.write_bytes(change(path.read_bytes()))

            self.assert_finds(copy, None, self.SUBJECTS, self.REQUESTS)

    def test_more_than_the_rows_have_hides_nothing(self):
        copy = self.tampered()
        for name in (self.SUBJECTS, self.REQUESTS):
            self.change_words(self.path(copy, name), lambda word: word | 0xff)

        self.assert_verifies(copy.folder)

    def test_a_file_that_is_missing_or_empty_is_made_anew(self):
        copy = self.tampered()
        self.path(copy, self.SUBJECTS).unlink()
        self.path(copy, self.REQUESTS).write_bytes(b"")
        self.assert_verifies(copy.folder)

        with Daemon(copy.folder) as daemon, Client(daemon.address, "shop") as client:
            self.wait_until_whole(copy)
            self.assertEqual([event.seq for event in client.all(filter="user_id = 123")], [123])
            self.assertEqual(daemon.stop(), 0)
        self.assert_verifies(copy.folder)

    def wait_until_whole(self, copy):
        """Waits until both files have all sealed segments."""
        whole = bytes([0x3f] + 7 * [0])
        for name in (self.SUBJECTS, self.REQUESTS):
            path = self.path(copy, name)
            wait_until(lambda: path.exists() and path.read_bytes()[16:24] == whole,
                       f"{name} was not filled")

    def test_what_is_hidden_from_the_queries_of_a_service_that_runs(self):
        copy = self.tampered()
        with Daemon(copy.folder) as daemon, Client(daemon.address, "shop") as client:
            self.assertEqual([event.seq for event in client.all(filter="user_id = 123")], [123])
            for name in (self.SUBJECTS, self.REQUESTS):
                self.change_words(self.path(copy, name), lambda word: word & ~2)

            self.assertEqual(client.all(filter="user_id = 123"), [])
            receipt, = client.batch([("id-123", full_event(123))])
            self.assertFalse(receipt.duplicate)
            self.assert_finds(copy, 101, self.SUBJECTS, self.REQUESTS)
            self.assertEqual(daemon.stop(), 0)

        # What it says to do.
        self.assert_finds(copy, 101, self.SUBJECTS, self.REQUESTS)
        for name in (self.SUBJECTS, self.REQUESTS):
            self.path(copy, name).unlink()
        with Daemon(copy.folder) as daemon, Client(daemon.address, "shop") as client:
            self.wait_until_whole(copy)
            self.assert_verifies(copy.folder)
            self.assertEqual([event.seq for event in client.all(filter="user_id = 123",
                                                                order_by="seq")],
                             [123, receipt.seq])

    def test_after_an_erasure_neither_the_new_filters_nor_the_old_hide_what_is_left(self):
        copy = self.tampered()
        with Daemon(copy.folder) as daemon, Client(daemon.address) as client:
            erasing.erase(client, "actor = service:1", groups=(erasing.SUBJECT, erasing.OBJECT))
            self.assert_verifies(copy.folder)
            self.assertEqual(daemon.stop(), 0)
        self.assert_verifies(copy.folder)

        for name in (self.SUBJECTS, self.REQUESTS):
            shutil.copy(self.path(Tampered(self.store), name), self.path(copy, name))
        self.assert_verifies(copy.folder)


class BesideTheRows(TamperCase):

    @staticmethod
    def flip(place):
        other = f"CASE substr(hashes, {place + 1}, 1) WHEN x'00' THEN x'01' ELSE x'00' END"
        return (f"UPDATE tiles SET hashes = CAST(substr(hashes, 1, {place}) || {other} ||"
                f" substr(hashes, {place + 2}) AS BLOB)")

    def test_a_tile_of_which_a_byte_was_changed(self):
        for number, seq, holder in ((0, 7, 255), (1, 300, 511)):
            with self.subTest(tile=number):
                copy = self.tampered()
                place = seq % 256 * 32
                copy.edit(copy.segment(holder), f"{self.flip(place)} WHERE number = {number}")

                self.assert_fails_to_verify(copy.folder, seq, "TILE_MISMATCH")

    def test_a_tile_that_is_gone_and_one_too_many(self):
        copy = self.tampered()
        copy.edit(copy.segment(255), "DELETE FROM tiles")
        self.assert_fails_to_verify(copy.folder, 0, "TILE_MISSING")

        copy = self.tampered()
        copy.edit(copy.segment(300), "INSERT INTO tiles VALUES (0, 9, zeroblob(8192))")
        self.assert_fails_to_verify(copy.folder, None, "TILE_UNEXPECTED")

    def test_checkpoints_that_were_edited(self):
        for size in SIZES:
            for change in ("replace(note, 'daybook.local', 'daybook.lokal')",
                           f"replace(note, '{size}' || char(10), '{size - 1}' || char(10))",
                           "substr(note, 1, length(note) - 9) ||"
                           " CASE substr(note, -9, 1) WHEN 'A' THEN 'B' ELSE 'A' END ||"
                           " substr(note, -8)"):
                with self.subTest(size=size, change=change):
                    copy = self.tampered()
                    copy.ledger(f"UPDATE checkpoints SET note = {change} WHERE size = {size}")

                    self.assert_fails_to_verify(copy.folder, None, "SIGNATURE_INVALID")

    def test_a_checkpoint_under_another_size_and_one_that_is_none(self):
        copy = self.tampered()
        copy.ledger("UPDATE checkpoints SET size = 511 WHERE size = 512")
        self.assert_fails_to_verify(copy.folder, None, "CHECKPOINT_MALFORMED")

        copy = self.tampered()
        copy.ledger("UPDATE checkpoints SET note = 'nothing' WHERE size = 512")
        self.assert_fails_to_verify(copy.folder, None, "CHECKPOINT_MALFORMED")

    def test_a_signed_checkpoint_of_another_history(self):
        copy = self.tampered()
        note = self.key.checkpoint(self.leaves[1:513])
        copy.ledger("UPDATE checkpoints SET note = ? WHERE size = 512", note)
        self.assert_fails_to_verify(copy.folder, None, "ROOT_MISMATCH")

        copy = self.tampered()
        note = self.key.checkpoint(self.leaves[1:] + self.leaves[:1])
        copy.ledger("UPDATE checkpoints SET note = ? WHERE size = 650", note)
        self.assert_fails_to_verify(copy.folder, 512, "ROOT_MISMATCH")

    def test_the_edge_of_the_newest_checkpoint(self):
        for change in ("leaves = zeroblob(138 * 32)", "leaves = zeroblob(7)", "size = 649"):
            with self.subTest(change):
                copy = self.tampered()
                copy.ledger(f"UPDATE edge SET {change}")

                self.assert_fails_to_verify(copy.folder, None, "EDGE_MISMATCH")

    def test_the_newest_checkpoint_taken_away(self):
        copy = self.tampered()
        copy.ledger("DELETE FROM checkpoints WHERE size = 650")

        self.assert_fails_to_verify(copy.folder, None, "EDGE_MISMATCH")

    def test_a_subtree_that_no_checkpoint_covers(self):
        copy = self.tampered()
        copy.ledger("INSERT INTO subtrees VALUES (0, zeroblob(32))")

        self.assert_fails_to_verify(copy.folder, None, "SUBTREE_UNEXPECTED")

    def test_an_index_that_lacks_a_row(self):
        copy = self.tampered()
        path = copy.segment(IN_TILE)
        for name, columns, where in (
                ("audit_logs_telegram_id", "telegram_id, id", "telegram_id IS NOT NULL"),
                ("audit_logs_failures",
                 FAILURES_COLUMNS, "outcome >= 2"),
                ("audit_logs_event_time", "event_time, id", "event_time <> created_at")):
            with self.subTest(name):
                copy.remake_index(path, name, f"CREATE INDEX {name} ON audit_logs ({columns})"
                                  f" WHERE {where} AND id <> {IN_TILE}")

                self.assert_fails_to_verify(copy.folder, IN_TILE, "INDEX_MISMATCH")

    def test_an_index_of_the_active_segment(self):
        copy = self.tampered()
        name = "audit_logs_failures"
        copy.remake_index(
            copy.segment(IN_ACTIVE), name, f"CREATE INDEX {name} ON audit_logs"
            f" ({FAILURES_COLUMNS}) WHERE outcome >= 2 AND id <> {IN_ACTIVE}")

        self.assert_fails_to_verify(copy.folder, IN_ACTIVE, "INDEX_MISMATCH")

    def test_an_index_that_has_more_than_the_rows(self):
        copy = self.tampered()
        name = "audit_logs_failures"
        copy.remake_index(
            copy.segment(IN_TILE), name,
            f"CREATE INDEX {name} ON audit_logs ({FAILURES_COLUMNS}) WHERE outcome >= 1")

        self.assert_fails_to_verify(copy.folder, 100, "INDEX_MISMATCH")

    def test_an_index_under_the_text_of_another(self):
        copy = self.tampered()
        name = "audit_logs_actor"
        copy.remake_index(copy.segment(IN_TILE), name, f"CREATE INDEX {name} ON audit_logs"
                          " (user_agent, id) WHERE actor IS NOT NULL")

        self.assert_fails_to_verify(copy.folder, 101, "INDEX_MISMATCH")

    def test_totals_that_are_wrong(self):
        for change in ("UPDATE totals SET events = events + 1",
                       "UPDATE totals SET amounts = 1, amount = '1000000'",
                       "UPDATE totals SET newest = '0'",
                       "UPDATE totals SET action = 'withdrawal'",
                       "DELETE FROM totals"):
            with self.subTest(change):
                copy = self.tampered()
                copy.edit(copy.segment(IN_TILE), change)

                self.assert_fails_to_verify(copy.folder, 100, "TOTALS_MISMATCH")

    def test_a_catalog_that_is_wrong(self):
        for change in ("UPDATE segments SET first_time = first_time + 1 WHERE number = 1",
                       "UPDATE segments SET last_time = last_time - 1 WHERE number = 1",
                       "UPDATE segments SET first_event_time = first_event_time + 1000"
                       " WHERE number = 1",
                       "UPDATE segments SET last_event_time = last_event_time - 1000"
                       " WHERE number = 1",
                       "UPDATE segments SET last_seq = 150 WHERE number = 1",
                       "UPDATE segment_counts SET events = events + 1 WHERE segment = 1",
                       "DELETE FROM segment_counts WHERE segment = 1 AND action = 'login'"):
            with self.subTest(change):
                copy = self.tampered()
                copy.catalog(change)

                self.assert_fails_to_verify(copy.folder, 100, "CATALOG_MISMATCH")

    def test_schemas_that_were_changed(self):
        for path, change in (
                ("segments/000001.db", "DROP TRIGGER audit_logs_no_update"),
                ("segments/000001.db", "DROP TRIGGER audit_logs_sealed"),
                ("segments/000006.db", "DROP TRIGGER tiles_no_delete"),
                ("segments/000001.db", "DROP INDEX audit_logs_actor"),
                ("segments/000001.db", "CREATE VIEW others AS SELECT 1"),
                ("segments/000006.db", "CREATE TABLE others (a)"),
                ("segments/000006.db", "UPDATE seal_index SET statement = 'DROP TABLE tiles'"),
                ("segments/000006.db", "PRAGMA user_version = 7"),
                ("segments/template.db", "DROP TRIGGER audit_logs_no_update"),
                ("segments/template.db", "INSERT INTO tiles VALUES (0, 0, zeroblob(8192))"),
                ("catalog.db", "CREATE VIEW others AS SELECT 1"),
                ("ledger.db", "CREATE TABLE others (a)"),
                ("ledger.db", "UPDATE catalog_schema SET statement = 'x' WHERE position = 1")):
            with self.subTest(path=path, change=change):
                copy = self.tampered()
                with contextlib.closing(sqlite3.connect(copy.folder / path)) as database:
                    database.execute(change)
                    database.commit()

                ended = self.assert_fails_to_verify(copy.folder, None, "SCHEMA_CHANGED")

                self.assertIn("SCHEMA_CHANGED", ended.result()["reason"])


if __name__ == "__main__":
    unittest.main()
