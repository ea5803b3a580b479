"""A daemon that dies while it signs never signs two histories, and goes on."""

import os
import random
import time
import unittest

import grpc

from harness import merkle
from harness.book import Book
from harness.case import StoreCase
from harness.client import Client
from harness.environment import require_injection
from harness.ledger import Ledger, size_in
from harness.load import Load
from harness.migrate import make_store

KILLS = int(os.environ.get("DAYBOOK_KILLS", "12"))
SEED = 20261122


class SignKill(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder, "--segment-events", "500")
        self.signer = self.folder.with_name("store.signer")

    def assert_signed_once(self, client, seen):
        """All checkpoints that anybody saw are of the log that is there now."""
        Ledger(client).record(action="login")
        key = merkle.SigningKey(self.signer / "signing.key")
        newest = Ledger(client).checkpoint()
        leaves = [event.leaf_hash for event in client.all(order_by="seq")]
        for checkpoint in seen | {newest}:
            size = size_in(checkpoint)
            self.assertLessEqual(size, len(leaves))
            self.assertEqual(checkpoint, key.checkpoint(leaves[:size]))

    def test_killed_at_random_moments(self):
        chance = random.Random(SEED)
        seen = set()
        for number in range(KILLS):
            daemon = self.start()
            with Client(daemon.address) as client, \
                    Load(Book(), daemon.address, f"kill-{number}", SEED + number):
                deadline = time.monotonic() + chance.uniform(0.1, 2.2)
                while time.monotonic() < deadline:
                    try:
                        seen.add(Ledger(client).checkpoint())
                    except grpc.RpcError as error:
                        self.assertEqual(error.code(), grpc.StatusCode.NOT_FOUND)
                daemon.kill()
        self.assertTrue(seen)
        self.assert_signed_once(self.client_of(self.start()), seen)

    def test_killed_before_the_state_is_in_place(self):
        self.killed_at("rename", self.signer / "signer.state.new")
        self.assertFalse((self.signer / "signer.state").exists())
        self.assert_signed_once(self.client_of(self.start()), set())

    def test_killed_between_the_state_and_the_store(self):
        self.assertEqual(self.start().stop(), 0)  # which notes the key
        # The next commit into ledger.db writes its WAL.
        self.killed_at("pwrite64", self.folder / "ledger.db-wal")
        self.assertTrue((self.signer / "signer.state").exists())
        state = (self.signer / "signer.state").read_text()
        self.assert_signed_once(self.client_of(self.start()), {state})

    def killed_at(self, call, path):
        killed = self.start(wrapper=[
            STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-P", str(path),
            "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:signal=KILL"])
        client = self.client_of(killed)
        with self.assertRaises(grpc.RpcError):
            Ledger(client).record(action="login")
        self.assertNotEqual(killed.wait(), 0)


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
