"""`daybook evidence` puts events and all that proves them into one file, and checks such a file."""

import base64
import hashlib
import io
import json
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

from harness.case import ServiceCase
from harness.client import Event
from harness.environment import PATIENCE, require_tool
from harness.erasing import erase
from harness.ledger import (DONE, NOT_FOUND, NOT_VERIFIED, REFUSED, UNAVAILABLE, USAGE, Ledger,
                            daybook, size_in, verifier_file)
from harness.migrate import make_store

FULL = {"reason": "BAD_PASSWORD", "telegram_id": "tg-1", "actor": "서비스:가입",
        "ip_address": "203.0.113.9", "user_agent": "봇/1.0", "resource_type": "session",
        "resource_id": "세션-1", "correlation_id": "c-1", "details": '{"이름": "홍길동 🐯"}',
        "producer_sequence": 9}


def files_in(path):
    with tarfile.open(path) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def write_tar(path, files):
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))


def resealed(files):
    """With a manifest that suits the other files, as a forger would make it."""
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {name: hashlib.sha256(content).hexdigest()
                         for name, content in files.items() if name != "manifest.json"}
    return files | {"manifest.json": json.dumps(manifest).encode()}


def flip(content, place):
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]


class Evidence(ServiceCase):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = verifier_file(cls.shared_folder)
        events = [Event(action="login_failed", user_id=user, **FULL) for user in (7, -8, 7)]
        events += [Event(action="login", tenant="shop-1"), Event(action="login", user_id=0)]
        cls.seqs = [receipt.seq for receipt in Ledger(cls.client).record_all(events)]

    def setUp(self):
        self.work = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-")))
        self.case = self.work / "case.tar"

    def evidence(self, *arguments):
        return daybook("evidence", *arguments, "--address", self.daemon.address)

    def make(self, *arguments, filter="action = login_failed"):
        ended = self.evidence("--filter", filter, "--key", self.key, "-o", self.case, *arguments)
        self.assertEqual(ended.code, DONE, ended)
        return files_in(self.case)

    def check(self, *arguments):
        return daybook("evidence", "--check", self.case, *arguments)

    def assert_forgery_is_noticed(self, files, says=""):
        write_tar(self.case, files)
        ended = self.check("--key", self.key)
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertIn("NOT VERIFIED", ended.err)
        self.assertIn(says, ended.err)

    def test_a_case_has_the_events_and_all_that_proves_them(self):
        files = self.make()

        seqs = self.seqs[:3]
        self.assertEqual(set(files), {
            "manifest.json", "events.jsonl", "checkpoint", "verifier.key", "HOW-TO-CHECK.md",
            *(name for seq in seqs for name in (
                f"proofs/{seq}.tlog-proof", f"leaves/{seq}.leaf", f"openings/{seq}.json"))})
        events = [json.loads(line) for line in files["events.jsonl"].splitlines()]
        self.assertEqual([int(event["seq"]) for event in events], seqs)
        self.assertEqual([event["user_id"] for event in events], ["7", "-8", "7"])
        self.assertEqual(events[0]["details"], FULL["details"])
        self.assertEqual(files["verifier.key"], self.key.read_bytes())
        for seq in seqs:
            self.assertTrue(
                files[f"proofs/{seq}.tlog-proof"].endswith(b"\n\n" + files["checkpoint"]))

    def test_the_manifest_says_what_was_asked_when_and_by_whom(self):
        files = self.make("--by", "김감사")

        manifest = json.loads(files["manifest.json"])
        self.assertEqual((manifest["filter"], manifest["made_by"], manifest["events"]),
                         ("action = login_failed", "김감사", "3"))
        self.assertEqual(manifest["verifier_key"], "given with --key")
        self.assertEqual(manifest["checkpoint_size"], str(size_in(files["checkpoint"].decode())))
        self.assertGreaterEqual(int(manifest["as_of_size"]), 5)
        self.assertRegex(manifest["made_at"], r"^20\d\d-.*Z$")
        self.assertEqual(manifest["files"], {
            name: hashlib.sha256(content).hexdigest() for name, content in files.items()
            if name != "manifest.json"})

    def test_a_case_verifies_without_a_service(self):
        self.make()

        ended = self.check("--key", self.key)

        self.assertEqual(ended.code, DONE, ended)
        self.assertIn("3 events", ended.out)
        self.assertNotIn("SELF-ATTESTED", ended.out)

    def test_without_a_key_of_ones_own_it_is_self_attested(self):
        self.make()

        self.assertIn("SELF-ATTESTED", self.check().out)
        told = self.check("--json").result()
        self.assertEqual((told["result"], told["self_attested"], told["events"]),
                         ("verified", True, 3))

    def test_the_key_can_come_from_the_folder_of_the_service(self):
        ended = self.evidence("--filter", "action = login", "-o", self.case, "--signer-dir",
                              self.key.parent, "--json")

        self.assertEqual((ended.code, ended.result()["result"]), (DONE, "written"), ended)
        manifest = json.loads(files_in(self.case)["manifest.json"])
        self.assertIn("folder of the service", manifest["verifier_key"])

    def test_only_the_groups_that_were_asked_for_are_shown(self):
        for groups, shows, hides in (
                ("subject", b"tg-1", "홍길동".encode()), ("details", "홍길동".encode(), b"tg-1"),
                ("none", b"BAD_PASSWORD", b"tg-1"), ("client,object", b"203.0.113.9", b"tg-1")):
            with self.subTest(groups):
                self.case.unlink(missing_ok=True)
                files = self.make("--groups", groups)

                self.assertIn(shows, files["events.jsonl"])
                self.assertFalse([name for name, content in files.items() if hides in content])
                self.assertEqual(self.check("--key", self.key).code, DONE)
                salts = sum(b'"salt"' in files[f"openings/{seq}.json"] for seq in self.seqs[:3])
                self.assertEqual(salts, 0 if groups == "none" else 3)

    def test_an_event_that_no_checkpoint_covers_yet_is_waited_for(self):
        seq = self.client.record(action="just_now").seq

        files = self.make(filter="action = just_now")

        self.assertGreater(size_in(files["checkpoint"].decode()), seq)

    def unpack(self):
        folder = self.work / "unpacked"
        with tarfile.open(self.case) as tar:
            tar.extractall(folder)
        return folder

    def follow_the_words(self, folder):
        """What HOW-TO-CHECK.md says to do; how its program ended, and openssl."""
        words = (folder / "HOW-TO-CHECK.md").read_text()
        program = re.search(r"```python\n(.*)```\n", words, re.DOTALL)[1]
        told = subprocess.run([sys.executable, "-c", program], cwd=folder, text=True,
                              capture_output=True, timeout=PATIENCE, check=False)
        if told.returncode != 0:
            return told, None
        command = told.stdout.splitlines()[-1].split()
        self.assertEqual(command[0], "openssl")
        return told, subprocess.run([OPENSSL, *command[1:]], cwd=folder, text=True,
                                    capture_output=True, timeout=PATIENCE, check=False)

    def test_what_the_case_says_of_checking_it_works_without_daybook(self):
        for groups in ("subject,client,object,details", "subject", "none"):
            with self.subTest(groups):
                self.case.unlink(missing_ok=True)
                self.make("--groups", groups, filter="tenant = default")

                told, signature = self.follow_the_words(self.unpack())

                self.assertEqual(told.returncode, 0, told)
                self.assertEqual(signature.returncode, 0, signature)

    def test_what_the_case_says_of_checking_it_notices_forgeries(self):
        seq = self.seqs[0]
        real = self.make()
        for name, change in (
                ("events.jsonl", lambda text: text.replace(b'"7"', b'"9"')),
                (f"leaves/{seq}.leaf", lambda leaf: flip(leaf, 30)),
                (f"openings/{seq}.json", lambda text: text.replace(b'"salt":"', b'"salt":"AAAA')),
                (f"proofs/{seq}.tlog-proof", lambda proof: proof.replace(b"index ", b"index 1"))):
            with self.subTest(name):
                write_tar(self.case, resealed(real | {name: change(real[name])}))

                told, _ = self.follow_the_words(self.unpack())

                self.assertNotEqual(told.returncode, 0)

    def test_an_event_that_was_erased_in_part_is_shown_with_what_is_left(self):
        seq = Ledger(self.client).record(
            action="left", user_id=47110047, ip_address="203.0.113.9").seq
        erase(self.client, "action = left")

        files = self.make(filter="action = left")

        openings = json.loads(files[f"openings/{seq}.json"])
        self.assertEqual(openings["erased_groups"], ["FIELD_GROUP_SUBJECT"])
        self.assertEqual([one["group"] for one in openings["openings"]], ["FIELD_GROUP_CLIENT"])
        self.assertNotIn(b"47110047", files["events.jsonl"])
        self.assertEqual(self.check("--key", self.key).code, DONE)
        told, signature = self.follow_the_words(self.unpack())
        self.assertEqual((told.returncode, signature.returncode), (0, 0), told)
        openings["erased_groups"] = ["FIELD_GROUP_DETAILS"]
        self.assert_forgery_is_noticed(
            resealed(files | {f"openings/{seq}.json": json.dumps(openings).encode()}), "erased")

    def test_a_flipped_byte_anywhere_is_noticed(self):
        real = self.make()
        for name, content in real.items():
            with self.subTest(name):
                if name == "manifest.json":  # its words are its maker's
                    place = content.index(b'"files"') + 40
                else:
                    place = len(content) // 2
                self.assert_forgery_is_noticed(real | {name: flip(content, place)})

    def test_forgeries_with_a_manifest_that_suits_them_are_noticed(self):
        seq = self.seqs[0]
        real = self.make()
        openings = json.loads(real[f"openings/{seq}.json"])
        openings["openings"][0]["fields"] = base64.b64encode(b"\x08\x09").decode()
        lines = real["checkpoint"].decode().split("\n")
        lines[1] = str(int(lines[1]) + 1)
        for name, content, says in (
                ("events.jsonl", real["events.jsonl"].replace(b'"7"', b'"9"'), "user_id"),
                ("events.jsonl", real["events.jsonl"].replace(b"BAD_PASSWORD", b"TYPO"), "reason"),
                (f"leaves/{seq}.leaf", flip(real[f"leaves/{seq}.leaf"], 39), "event"),
                (f"openings/{seq}.json", json.dumps(openings).encode(), "subject"),
                (f"openings/{seq}.json", b"{}", "user_id"),
                ("checkpoint", "\n".join(lines).encode(), ""),
                ("left-over", b"more", "belong to no event")):
            with self.subTest(name, says=says):
                self.assertNotEqual(content, real.get(name))
                self.assert_forgery_is_noticed(resealed(real | {name: content}), says)

    def test_a_proof_of_another_event_is_noticed(self):
        one, other = self.seqs[0], self.seqs[2]
        real = self.make()

        swapped = real | {f"{kind[0]}/{one}.{kind[1]}": real[f"{kind[0]}/{other}.{kind[1]}"]
                          for kind in (("proofs", "tlog-proof"), ("leaves", "leaf"),
                                       ("openings", "json"))}

        self.assert_forgery_is_noticed(resealed(swapped))

    def test_events_that_are_missing_or_twice_are_noticed(self):
        real = self.make()
        lines = real["events.jsonl"].splitlines(keepends=True)
        for events in (lines[:2], [*lines, lines[2]], lines[::-1]):
            self.assert_forgery_is_noticed(resealed(real | {"events.jsonl": b"".join(events)}))

    def test_a_case_of_another_log_is_told_apart(self):
        self.make()
        other = self.work / "store"
        make_store(other)
        daemon = self.launch_in(other)
        daemon.wait_for_line("serving")

        ended = self.check("--key", verifier_file(other))

        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        ended = self.evidence("--filter", "action = login", "--key", verifier_file(other), "-o",
                              self.work / "other.tar")
        self.assertEqual(ended.code, NOT_VERIFIED, ended)
        self.assertEqual([path.name for path in self.work.glob("*.tar*")], ["case.tar"])

    def test_what_is_no_case_does_not_verify(self):
        self.case.write_bytes(b"not a tar" * 100)
        self.assertEqual(self.check("--json").code, NOT_VERIFIED)
        self.case.unlink()
        self.assertEqual(self.check().code, NOT_FOUND)

    def test_a_case_that_was_cut_off_does_not_verify(self):
        self.make()
        content = self.case.read_bytes()
        self.case.write_bytes(content[:len(content) // 2])

        self.assertEqual(self.check().code, NOT_VERIFIED)

    def test_a_file_that_is_there_is_not_written_over(self):
        self.case.write_text("mine")

        ended = self.evidence("--filter", "action = login", "--key", self.key, "-o", self.case)

        self.assertEqual((ended.code, self.case.read_text()), (REFUSED, "mine"), ended)

    def test_errors_leave_no_file(self):
        for code, filter, address in ((NOT_FOUND, "action = never", self.daemon.address),
                                      (REFUSED, "action is", self.daemon.address),
                                      (UNAVAILABLE, "action = login", "127.0.0.1:1")):
            with self.subTest(filter):
                ended = daybook("evidence", "--filter", filter, "--key", self.key, "-o", self.case,
                                "--address", address, "--timeout", 5)

                self.assertEqual(ended.code, code, ended)
                self.assertEqual(list(self.work.iterdir()), [])

    def test_usage(self):
        for arguments in ((), ("--filter", "action = login"), ("-o", self.case),
                          ("--filter", "action = login", "-o", self.case),
                          ("--check", self.case, "-o", self.case),
                          ("--check", self.case, "--key", "no-key"),
                          ("--filter", "a = b", "-o", self.case, "--key", self.key, "--groups",
                           "name")):
            with self.subTest(arguments):
                self.assertEqual(self.evidence(*arguments).code, USAGE)


if __name__ == "__main__":
    OPENSSL = require_tool("openssl", "openssl")
    unittest.main()
