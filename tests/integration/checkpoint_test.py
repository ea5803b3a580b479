"""`daybook checkpoint` shows the newest checkpoint, and holds it against one that was kept."""

import json
import pathlib
import tempfile
import unittest

from harness.case import ServiceCase, StoreCase
from harness.ledger import (DONE, NOT_FOUND, NOT_VERIFIED, UNAVAILABLE, USAGE, Ledger, daybook,
                            size_in, verifier_file)
from harness.migrate import make_store


def flipped(text, place):
    """`text` with another letter of base64 at a place."""
    return text[:place] + ("B" if text[place] != "B" else "C") + text[place + 1:]


class Checkpoint(ServiceCase):

    def setUp(self):
        self.ledger = Ledger(self.client)
        self.kept = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "kept.txt"
        self.key = verifier_file(self.shared_folder)

    def checkpoint(self, *arguments):
        return daybook("checkpoint", *arguments, "--address", self.daemon.address)

    def keep(self):
        """Records an event and keeps the checkpoint that covers it; its size."""
        self.ledger.record(action="login")
        ended = self.checkpoint()
        self.assertEqual(ended.code, DONE, ended)
        self.kept.write_text(ended.out)
        return size_in(ended.out)

    def assert_not_verified(self, *arguments):
        ended = self.checkpoint(*arguments)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual(ended.out, "")
        self.assertIn("NOT VERIFIED", ended.err)
        return ended

    def test_prints_the_note_byte_for_byte(self):
        self.ledger.record(action="login")

        ended = self.checkpoint()

        self.assertEqual((ended.code, ended.out, ended.err), (DONE, self.ledger.checkpoint(), ""))

    def test_json_tells_what_is_in_it(self):
        size = self.keep()

        ended = self.checkpoint("--json", "--verify", self.key, "--since", self.kept)

        self.assertEqual(ended.code, DONE, ended)
        told = json.loads(ended.out)
        self.assertEqual((told["checkpoint"], told["size"]), (self.ledger.checkpoint(), str(size)))
        self.assertEqual((told["signature_verified"], told["begins_with_size"]), (True, str(size)))
        self.assertFalse(json.loads(self.checkpoint("--json").out)["signature_verified"])

    def test_the_key_may_be_given_as_a_file_or_as_itself(self):
        self.keep()
        for key in (self.key, self.key.read_text().strip()):
            ended = self.checkpoint("--verify", key)

            self.assertEqual((ended.code, ended.out), (DONE, self.kept.read_text()), ended)
            self.assertIn("signature verified", ended.err)

    def test_a_log_that_grew_still_begins_with_what_was_kept(self):
        size = self.keep()
        for number in range(20):
            self.client.record(action="login", user_id=number)
        self.ledger.record(action="login")

        ended = self.checkpoint("--verify", self.key, "--since", self.kept)

        self.assertEqual(ended.code, DONE, ended)
        self.assertGreater(size_in(ended.out), size + 20)
        self.assertIn(f"begins with the {size} events", ended.err)

    def test_without_a_key_it_says_that_no_signature_was_checked(self):
        self.keep()

        ended = self.checkpoint("--since", self.kept)

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("no signature", ended.err)

    def test_a_key_of_another_log_does_not_verify(self):
        self.keep()
        with tempfile.TemporaryDirectory(prefix="daybook-test-") as folder:
            other = pathlib.Path(folder) / "store"
            make_store(other)
            other_daemon = self.launch_in(other)
            other_daemon.wait_for_line("serving")
            other_key = verifier_file(other).read_text().strip()
            other_daemon.stop()

        self.assert_not_verified("--verify", other_key)

    def test_a_kept_checkpoint_that_was_forged_does_not_verify(self):
        for line in (2, 4):  # the root, the signature
            self.keep()
            lines = self.kept.read_text().split("\n")
            lines[line] = flipped(lines[line], len(lines[line]) - 10)
            self.kept.write_text("\n".join(lines))

            self.assert_not_verified("--verify", self.key, "--since", self.kept)

    def test_another_root_is_no_beginning_even_with_no_key(self):
        self.keep()
        self.ledger.record(action="login")
        lines = self.kept.read_text().split("\n")
        lines[2] = flipped(lines[2], 3)
        self.kept.write_text("\n".join(lines))

        self.assertIn("does not begin", self.assert_not_verified("--since", self.kept).err)

    def test_a_log_smaller_than_what_was_kept_does_not_verify(self):
        size = self.keep()
        lines = self.kept.read_text().split("\n")
        lines[1] = str(size + 1000)
        self.kept.write_text("\n".join(lines))

        self.assertIn("taken away", self.assert_not_verified("--since", self.kept).err)

    def test_a_checkpoint_of_another_log_does_not_verify(self):
        self.keep()
        text = self.kept.read_text()
        origin = text.split("\n", maxsplit=1)[0]
        self.kept.write_text(text.replace(origin, "elsewhere.example/log"))

        self.assert_not_verified("--since", self.kept)

    def test_what_is_no_key_and_what_is_no_file_are_told_apart_from_forgeries(self):
        self.keep()

        self.assertEqual(self.checkpoint("--verify", "no-key").code, USAGE)
        self.assertEqual(self.checkpoint("--since", "/nonexistent").code, NOT_FOUND)


class EmptyLog(StoreCase):

    def test_has_no_checkpoint(self):
        make_store(self.folder)
        daemon = self.start()

        ended = daybook("checkpoint", "--address", daemon.address)

        self.assertEqual((ended.code, ended.out), (NOT_FOUND, ""), ended)
        self.assertIn("CHECKPOINT_NOT_FOUND", ended.err)

    def test_without_a_service_it_ends_with_4(self):
        ended = daybook("checkpoint", "--address", "127.0.0.1:1", "--timeout", 5)

        self.assertEqual(ended.code, UNAVAILABLE, ended)


if __name__ == "__main__":
    unittest.main()
