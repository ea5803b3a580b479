"""`daybook tiles` writes the log as the static files of C2SP tlog-tiles."""

import base64
import contextlib
import hashlib
import json
import pathlib
import sqlite3
import unittest

from harness.case import StoreCase
from harness.client import Event
from harness.erasing import DETAILS, SUBJECT, erase
from harness.ledger import DONE, NOT_FOUND, NOT_VERIFIED, REFUSED, USAGE, Ledger, daybook
from harness.migrate import make_store

WIDTH = 256


def root_of(hashes):
    """RFC 6962, section 2.1."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    left = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + root_of(hashes[:left]) + root_of(hashes[left:])).digest()


def entries_in(bundle):
    entries = []
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        entries.append(bundle[2:2 + length])
        bundle = bundle[2 + length:]
    return entries


def files_of(size):
    """The paths of a log of less than 256 * 256 events, by the standard."""
    whole, rest = divmod(size, WIDTH)
    names = ["checkpoint"]
    for kind in ("tile/entries", "tile/0"):
        names += [f"{kind}/{number:03}" for number in range(whole)]
        names += [f"{kind}/{whole:03}.p/{rest}"] if rest else []
    names += [f"tile/1/000.p/{whole}"] if whole else []
    return set(names)


class Tiles(StoreCase):

    def setUp(self):
        super().setUp()
        self.out = self.folder.parent / "tiles"

    def serve(self, segment_events=1024):
        make_store(self.folder, "--segment-events", segment_events)
        self.daemon = self.start()
        self.client = self.client_of(self.daemon)
        self.ledger = Ledger(self.client)

    def record(self, count):
        self.ledger.record_all([Event(action="login", user_id=i, details=f'{{"번호":{i}}}')
                                for i in range(count)])

    def tiles(self, *arguments):
        return daybook("tiles", "--data-dir", self.folder, "-o", self.out, *arguments)

    def written(self):
        """What a run did."""
        ended = self.tiles("--json")
        self.assertEqual(ended.code, DONE, ended)
        return ended.result()

    def files(self):
        return {str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file()}

    def assert_is_the_log(self):
        """Expects files that hash to the root of the checkpoint in them; its size."""
        lines = (self.out / "checkpoint").read_text().split("\n")
        size = int(lines[1])
        hashes = []
        for number in range(-(-size // WIDTH)):
            width = min(WIDTH, size - number * WIDTH)
            name = f"{number:03}" + (f".p/{width}" if width < WIDTH else "")
            entries = entries_in((self.out / "tile/entries" / name).read_bytes())
            self.assertEqual(len(entries), width)
            leaves = [hashlib.sha256(b"\x00" + entry).digest() for entry in entries]
            self.assertEqual((self.out / "tile/0" / name).read_bytes(), b"".join(leaves))
            hashes += leaves
        self.assertEqual(base64.b64encode(root_of(hashes)).decode(), lines[2])
        whole = size // WIDTH
        if whole:
            self.assertEqual(
                (self.out / f"tile/1/000.p/{whole}").read_bytes(),
                b"".join(root_of(hashes[i * WIDTH:(i + 1) * WIDTH]) for i in range(whole)))
        return size

    def test_the_files_are_those_of_the_standard_and_hash_to_the_checkpoint(self):
        self.serve()
        self.record(700)

        told = self.written()

        size = self.assert_is_the_log()
        self.assertEqual((size, told["size"]), (700, "700"))
        self.assertEqual(self.files(), files_of(700))
        self.assertEqual(told["files_written"], len(files_of(700)))
        self.assertEqual((self.out / "checkpoint").read_text(), self.ledger.checkpoint())

    def test_entries_are_the_leaves_that_the_service_proves(self):
        self.serve()
        self.record(300)
        self.written()

        entries = entries_in((self.out / "tile/entries/000").read_bytes())

        for seq in (0, 7, 255):
            self.assertEqual(entries[seq], self.ledger.inclusion(seq).leaf_bytes)

    def test_again_writes_nothing_and_later_only_what_is_new(self):
        self.serve()
        self.record(700)
        self.written()
        before = {name: (self.out / name).stat().st_mtime_ns for name in self.files()}

        self.assertEqual(self.written()["files_written"], 0)

        self.record(100)
        told = self.written()

        self.assertEqual(self.assert_is_the_log(), 800)
        self.assertTrue(files_of(800) <= self.files())
        # Two complete files in place of partial ones, two new partial ones, level 1, checkpoint.
        self.assertEqual(told["files_written"], 6)
        for name in ("tile/0/000", "tile/entries/001"):
            self.assertEqual((self.out / name).stat().st_mtime_ns, before[name])

    def test_partial_files_go_once_the_complete_one_is_there(self):
        self.serve()
        self.record(10)
        self.written()
        self.assertTrue((self.out / "tile/0/000.p/10").exists())

        self.record(300)
        self.written()

        self.assertEqual(self.files(), files_of(310))

    def test_what_was_removed_or_cut_off_is_written_again(self):
        self.serve()
        self.record(700)
        self.written()
        (self.out / "tile/0/001").unlink()
        (self.out / "tile/entries/000").write_bytes(b"")

        self.written()

        self.assert_is_the_log()

    def test_works_across_segments_and_with_no_service(self):
        self.serve(segment_events=512)
        self.record(900)
        self.record(900)
        self.daemon.stop()

        self.assertEqual(self.written()["size"], "1800")

        self.assert_is_the_log()

    def test_an_erasure_changes_no_file_of_what_was_before_it(self):
        self.serve()
        self.record(600)
        self.written()
        before = {name: (self.out / name).read_bytes() for name in files_of(600)}
        erase(self.client, "user_id = 7", groups=(SUBJECT, DETAILS))
        self.ledger.record(action="login")

        self.out = self.out.parent / "anew"
        self.written()

        self.assertGreater(self.assert_is_the_log(), 600)
        for name in ("tile/0/000", "tile/0/001", "tile/entries/000"):
            self.assertEqual((self.out / name).read_bytes(), before[name])

    def test_for_people_it_says_what_it_did(self):
        self.serve()
        self.record(3)

        ended = self.tiles()

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("the log of 3 events; 3 files written", ended.out)

    def change_event(self, seq):
        with contextlib.closing(sqlite3.connect(self.folder / "segments/000000.db")) as segment:
            for (name,) in segment.execute(
                    "SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                segment.execute(f"DROP TRIGGER {name}")
            segment.execute("UPDATE audit_logs SET reason = 'CHANGED' WHERE id = ?", (seq,))
            segment.commit()

    def test_a_changed_event_stops_it_and_leaves_no_checkpoint(self):
        for seq, says in ((5, "events 0 to 255"), (290, "signed over")):
            with self.subTest(seq):
                self.setUp()
                self.serve()
                self.record(300)
                self.daemon.stop()
                self.change_event(seq)

                ended = self.tiles()

                self.assertEqual(ended.code, NOT_VERIFIED, ended)
                self.assertIn(says, ended.err)
                self.assertFalse((self.out / "checkpoint").exists())

    def test_a_folder_with_another_log_is_left_alone(self):
        self.serve()
        self.record(3)
        self.written()
        before = (self.out / "checkpoint").read_text()
        self.folder = self.folder.parent / "other"
        self.serve()
        self.record(5)

        ended = self.tiles()

        self.assertEqual(ended.code, REFUSED, ended)
        self.assertIn("another log", ended.err)
        self.assertEqual((self.out / "checkpoint").read_text(), before)

    def test_a_store_that_nothing_was_signed_in(self):
        make_store(self.folder)

        ended = self.tiles("--json")

        self.assertEqual(ended.code, NOT_FOUND, ended)
        self.assertIn("CHECKPOINT_NOT_FOUND", ended.err)
        self.assertEqual(json.loads(ended.out)["exit_code"], NOT_FOUND)
        self.assertFalse(self.out.exists())

    def test_a_folder_without_a_store(self):
        self.assertEqual(self.tiles().code, NOT_FOUND)
        self.assertEqual(daybook("tiles").code, USAGE)

    def test_a_place_that_cannot_be_written_to(self):
        self.serve()
        self.record(3)
        self.out.write_text("a file")

        self.assertNotEqual(self.tiles().code, DONE)
        self.assertEqual(pathlib.Path(self.out).read_text(), "a file")


if __name__ == "__main__":
    unittest.main()
