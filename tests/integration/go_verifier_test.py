"""Go's own tlog and note packages find the log to be what it says, and notice every change.

The program is go/: nothing in it is Daybook's.
"""

import base64
import contextlib
import copy
import functools
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from harness.case import ServiceCase
from harness.client import Event
from harness.environment import PATIENCE, skip
from harness.ledger import DONE, Ledger, daybook, size_in, verifier_file
from harness.pruned import PrunedCase, first_covering, prune

SOURCES = pathlib.Path(__file__).resolve().parent / "go"
PACKAGES = pathlib.Path("/usr/share/gocode")
DEBIAN_PACKAGES = "golang-go golang-golang-x-mod-dev"

BATCHES, BATCH = 70, 1000
PROOFS = 300


def require_go():
    """Where Debian's packages can be had, a machine without them is not set up."""
    go = shutil.which("go")
    if go and (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        return go
    if shutil.which("apt-get"):
        sys.exit(f"Go is not installed (Debian: {DEBIAN_PACKAGES})")
    skip(f"there is no Go with its x/mod packages (Debian: {DEBIAN_PACKAGES})")


def build(go, folder):
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GO111MODULE": "off",
                   "GOPATH": str(PACKAGES), "GOCACHE": str(folder / "cache"), "GOFLAGS": "",
                   "GOPROXY": "off", "CGO_ENABLED": "0"}
    verifier = folder / "verifier"
    subprocess.run([go, "build", "-o", str(verifier), "."], cwd=SOURCES, env=environment,
                   check=True, timeout=2 * PATIENCE)
    return verifier


def mixed_event(number):
    """Every kind of event in turn: all groups, each alone, none, any script, any number."""
    kinds = (
        {"action": "login"},
        {"action": "login_failed", "reason": "BAD_PASSWORD", "user_id": -number},
        {"action": "deposit_confirmed", "user_id": number, "telegram_id": f"tg-{number}",
         "actor": "서비스:입금", "ip_address": "2001:db8::1", "user_agent": "봇/1.0",
         "resource_type": "deposit", "resource_id": str(number), "correlation_id": f"c-{number}",
         "trace_id": f"{number + 1:032x}", "details": f'{{"예금주": "홍길동 🐯", "n": {number}}}',
         "producer_sequence": number, "tenant": "shop-1"},
        {"action": "viewed", "ip_address": f"203.0.113.{number % 256}"},
        {"action": "exported", "resource_id": "보고서"},
        {"action": "noted", "details": '{"padding": "' + "x" * (number % 1500) + '"}'},
        {"action": "login", "user_id": 0},
    )
    return Event(**kinds[number % len(kinds)])


def in_base64(data):
    return base64.b64encode(data).decode()


def all_in_base64(hashes):
    return [in_base64(one) for one in hashes]


@contextlib.contextmanager
def flipped(path, place):
    """A file with one bit of a byte flipped, for a while."""
    content = path.read_bytes()
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1:])
    try:
        yield
    finally:
        path.write_bytes(content)


def flip(text):
    """Bytes in base64 with one bit flipped."""
    content = base64.b64decode(text)
    return in_base64(bytes([content[0] ^ 1]) + content[1:])


def record_and_ask(client, data_dir, tiles):
    """A real service's answers over a log that grows, and the log itself in `tiles`."""
    ledger = Ledger(client)
    checkpoints, receipts = [], []
    for batch in range(BATCHES):
        events = [mixed_event(batch * BATCH + i) for i in range(BATCH)]
        if batch % 20 == 7:
            receipts += ledger.record_all(events)[::333]
            checkpoints.append(ledger.checkpoint())
        else:
            client.batch([("", event) for event in events])
    receipts.append(ledger.record(mixed_event(2)))
    checkpoints.append(ledger.checkpoint())
    written = daybook("tiles", "--data-dir", data_dir, "-o", tiles)
    if written.code != DONE:
        raise AssertionError(f"daybook tiles ended with {written}")
    return answers_of(ledger, checkpoints, receipts)


def answers_of(ledger, checkpoints, receipts):
    sizes = [size_in(note) for note in checkpoints]
    newest = sizes[-1]
    seqs = sorted({0, 1, 255, 256, 65535, 65536, newest - 1,
                   *(n * 7919 % newest for n in range(PROOFS))})
    return {
        "Checkpoints": checkpoints,
        "Inclusions": [inclusion(ledger, seq, newest) for seq in seqs],
        "Consistencies": [
            {"OldSize": old, "NewSize": new,
             "Proof": all_in_base64(ledger.consistency(old, new).proof)}
            for old, new in [*zip(sizes, sizes[1:]), (sizes[0], newest)]],
        "OfflineProofs": [
            {"Seq": receipt.seq, "LeafHash": in_base64(receipt.leaf_hash),
             "Proof": receipt.proof.decode()} for receipt in receipts],
    }


def inclusion(ledger, seq, size):
    answer = ledger.inclusion(seq, tree_size=size)
    return {"Seq": seq, "LeafBytes": in_base64(answer.leaf_bytes),
            "Proof": all_in_base64(answer.proof), "Checkpoint": answer.checkpoint.decode()}


@functools.cache
def built():
    """The program, built once."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="daybook-test-"))
    unittest.addModuleCleanup(shutil.rmtree, folder)
    return build(GO, folder)


class Verifies:
    """Runs the program on what stands in cls.tiles and what cls.answers says."""

    def verify(self, answers=None, key=None, tiles=None):
        file = self.work / "answers.json"
        file.write_text(json.dumps(answers or self.answers))
        command = [built(), tiles or self.tiles, key or self.key, file]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)

    def assert_refused(self, says, answers=None, key=None):
        ended = self.verify(answers, key)
        self.assertEqual(ended.returncode, 1, ended)
        self.assertIn(says, ended.stderr)

    def changed(self, kind, place, **fields):
        """The answers with other fields in one of them; functions change what is there."""
        answers = copy.deepcopy(self.answers)
        one = answers[kind][place]
        for name, value in fields.items():
            one[name] = value(one[name]) if callable(value) else value
        return answers


class GoVerifier(Verifies, ServiceCase):
    """One log for all tests, which only read what came of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = cls.shared_folder.parent
        cls.tiles = cls.work / "tiles"
        cls.key = verifier_file(cls.shared_folder)
        cls.answers = record_and_ask(cls.client, cls.shared_folder, cls.tiles)

    def test_everything_is_as_it_must_be(self):
        ended = self.verify()

        self.assertEqual(ended.returncode, 0, ended)
        size = size_in((self.tiles / "checkpoint").read_text())
        self.assertGreaterEqual(size, BATCHES * BATCH)
        self.assertIn(f"{size} entries, {len(self.answers['Inclusions'])} inclusions", ended.stdout)
        self.assertGreaterEqual(len(self.answers["Inclusions"]), PROOFS)
        self.assertGreaterEqual(len(self.answers["Consistencies"]), 3)
        self.assertGreaterEqual(len(self.answers["OfflineProofs"]), 3)

    def test_a_flipped_entry_is_noticed(self):
        for name in ("000", "017", "273.p"):
            path = self.tiles / "tile/entries" / name
            path = next(path.iterdir()) if path.is_dir() else path
            with self.subTest(path.name), flipped(path, len(path.read_bytes()) - 1):
                self.assert_refused("the entries hash to")

    def test_a_flipped_tile_is_noticed(self):
        for name in ("0/000", "0/200", "0/273.p", "1/000", "1/001.p", "2/000.p"):
            path = self.tiles / "tile" / name
            path = next(path.iterdir()) if path.is_dir() else path
            with self.subTest(name), flipped(path, 5):
                self.assert_refused("is not what the entries hash to")

    def test_a_flipped_checkpoint_is_noticed(self):
        path = self.tiles / "checkpoint"
        root = path.read_bytes().index(b"\n", path.read_bytes().index(b"\n") + 1) + 3
        with flipped(path, root):
            self.assert_refused("checkpoint")

    def test_a_checkpoint_of_another_key_is_refused(self):
        name, _, key = self.key.read_text().strip().split("+", 2)
        public = bytearray(base64.b64decode(key))
        public[7] ^= 1
        key_id = hashlib.sha256(name.encode() + b"\n" + bytes(public)).hexdigest()[:8]
        other = self.work / "other.key"
        other.write_text(f"{name}+{key_id}+{in_base64(bytes(public))}\n")

        self.assert_refused("checkpoint", key=other)

    def test_a_flipped_leaf_is_noticed(self):
        self.assert_refused("event", self.changed("Inclusions", 3, LeafBytes=flip))

    def test_a_flipped_proof_hash_is_noticed(self):
        for place in (0, -1):
            answers = copy.deepcopy(self.answers)
            proof = answers["Inclusions"][9]["Proof"]
            proof[place] = flip(proof[place])
            self.assert_refused("event", answers)

    def test_a_proof_for_another_place_is_noticed(self):
        self.assert_refused("event", self.changed("Inclusions", 5, Seq=lambda seq: seq + 1))

    def test_a_flipped_consistency_hash_is_noticed(self):
        answers = copy.deepcopy(self.answers)
        proof = answers["Consistencies"][1]["Proof"]
        proof[-1] = flip(proof[-1])
        self.assert_refused("from", answers)

    def test_a_checkpoint_with_another_root_is_noticed(self):
        answers = copy.deepcopy(self.answers)
        lines = answers["Checkpoints"][0].split("\n")
        lines[2] = flip(lines[2])
        answers["Checkpoints"][0] = "\n".join(lines)
        self.assert_refused("checkpoint 0", answers)

    def test_a_flipped_offline_proof_is_noticed(self):
        def other_hash(proof):
            lines = proof.split("\n")
            lines[2] = flip(lines[2])
            return "\n".join(lines)

        self.assert_refused("offline proof", self.changed("OfflineProofs", 0, Proof=other_hash))
        self.assert_refused("offline proof", self.changed("OfflineProofs", 0, LeafHash=flip))


class GoVerifierOfAPrunedLog(Verifies, PrunedCase):
    """The first span is dropped, and then the second."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = cls.shared_folder.parent
        cls.tiles = cls.work / "tiles"
        cls.key = verifier_file(cls.shared_folder)
        cls.write_tiles(cls.tiles)
        notes = [*cls.log.notes, cls.newest, (cls.tiles / "checkpoint").read_text()]
        sizes = [size_in(note) for note in notes]
        seqs = [*cls.kept, cls.declared, *(cls.begin + n * 7919 % cls.REST for n in range(50))]
        cls.answers = {
            "Begin": cls.begin,
            "Checkpoints": notes,
            "Inclusions": [inclusion(cls.ledger, seq, sizes[-1]) for seq in seqs],
            "Consistencies": [
                {"OldSize": old, "NewSize": sizes[-1],
                 "Proof": all_in_base64(cls.ledger.consistency(old, sizes[-1]).proof)}
                for old in sizes],
            "OfflineProofs": [
                {"Seq": seq, "LeafHash": in_base64(cls.log.leaves[seq]), "Proof": proof.decode()}
                for seq, proof in cls.log.proofs.items()],
        }

    @classmethod
    def write_tiles(cls, folder):
        written = daybook("tiles", "--data-dir", cls.shared_folder, "-o", folder, "--json")
        assert written.code == DONE, written
        return written.result()

    @classmethod
    def before_pruning(cls):
        cls.whole = cls.shared_folder.parent / "whole"
        cls.write_tiles(cls.whole)
        cls.kept = [event.seq for event in cls.client.all(filter="action = segment.sealed")]
        prune(cls.client, first_covering(cls.log, cls.newest, 1))

    def test_everything_that_remains_is_as_it_must_be(self):
        ended = self.verify()

        self.assertEqual(ended.returncode, 0, ended)
        size = size_in((self.tiles / "checkpoint").read_text())
        self.assertIn(f"{size} entries, {len(self.answers['Inclusions'])} inclusions", ended.stdout)
        self.assertLess(min(self.kept), self.begin)
        self.assertGreaterEqual(len(self.answers["OfflineProofs"]), 10)
        below = [note for note in self.answers["Checkpoints"] if size_in(note) < self.begin]
        self.assertGreaterEqual(len(below), 10)

    def test_it_does_not_verify_from_another_begin_on(self):
        self.assert_refused("tile/entries", self.answers | {"Begin": self.begin - 65_536})
        self.assert_refused("is there", self.answers | {"Begin": self.begin + 256})

    def test_a_flipped_tile_of_what_is_dropped_is_noticed(self):
        size = size_in(self.log.notes[2])
        self.assertLess(size, self.begin)
        for name, says in ((f"tile/0/{(size - 1) // 256:03}", "the tiles from"),
                           ("tile/1/000", "the tiles from"), ("tile/2/000.p/2", "tile")):
            with self.subTest(name), flipped(self.tiles / name, 5):
                self.assert_refused(says)

    def test_a_flipped_entry_behind_the_cut_is_noticed(self):
        path = self.tiles / f"tile/entries/{self.begin // 256 + 3:03}"
        with flipped(path, len(path.read_bytes()) - 1):
            self.assert_refused("is not what the entries hash to")

    def test_a_flipped_proof_of_a_kept_leaf_is_noticed(self):
        self.assert_refused("event", self.changed("Inclusions", 0, LeafBytes=flip))

    def test_a_folder_that_was_written_before_keeps_what_it_has(self):
        again = self.write_tiles(self.whole)
        self.assertEqual(again["dropped_events"], str(self.begin))
        self.assertLess(again["files_written"], 20)

        ended = self.verify(self.answers | {"Begin": 0}, tiles=self.whole)

        self.assertEqual(ended.returncode, 0, ended)
        self.assertEqual(self.write_tiles(self.whole)["files_written"], 0)


if __name__ == "__main__":
    GO = require_go()
    unittest.main()
