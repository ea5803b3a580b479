"""A daemon that dies while it takes up another key says so once, and never signs before."""

import contextlib
import os
import random
import time
import unittest

from harness import merkle
from harness.case import StoreCase
from harness.client import Client
from harness.environment import program, require_injection
from harness.ledger import DONE, Ledger, daybook
from harness.migrate import make_store, run

KILLS = int(os.environ.get("DAYBOOK_KILLS", "12"))
SEED = 20261122


class KeyKill(StoreCase):

    def setUp(self):
        super().setUp()
        make_store(self.folder)
        self.signer = self.folder.with_name("store.signer")
        with self.serving() as client:
            Ledger(client).record(action="login")
        self.keys = [self.key("signing.key")]  # all that the log had, in order

    @contextlib.contextmanager
    def serving(self):
        """A client of a daemon that goes on after all that came before, and is killed."""
        daemon = self.start()
        with Client(daemon.address) as client:
            yield client
        daemon.kill()

    def key(self, name):
        return merkle.SigningKey(self.signer / name)

    def key_command(self, command):
        ended = daybook("key", command, "--signer-dir", self.signer)
        self.assertEqual(ended.code, DONE, ended)

    def rotate(self):
        self.key_command("rotate")
        self.keys.append(self.key("signing.next.key"))

    def assert_verifies(self):
        """With the first key: a signature of one that is not declared would show."""
        ended = run([program("daybook"), "verify", str(self.folder), "--json", "--key",
                     self.keys[0].verifier])
        self.assertEqual(ended.code, DONE, ended)

    def assert_goes_on(self, held, events):
        """It signs with `held`, and has said each change once."""
        with self.serving() as client:
            Ledger(client).record(action="login")
            log = client.all(order_by="seq")
            self.assertEqual(Ledger(client).checkpoint(),
                             merkle.checkpoint(held, [event.leaf_hash for event in log]))
            told = [event.public_details for event in log if event.action.startswith("ledger.key_")]
            self.assertEqual(len(told), events, told)
            self.assertEqual(len(set(told)), events, told)
        self.assert_verifies()

    def test_killed_at_random_moments(self):
        chance = random.Random(SEED)
        events = 0
        for number in range(KILLS):
            is_rotating = number % 2 == 0
            if is_rotating:
                self.rotate()
            else:
                self.key_command("retire")
            for _ in range(3):
                daemon = self.launch()
                # A start takes some tens of milliseconds; where it is by then, chance says.
                time.sleep(chance.uniform(0.002, 0.08))
                daemon.kill()
                self.assert_verifies()
            events += 1
            self.assert_goes_on(self.keys[-2:] if is_rotating else self.keys[-1:], events)

    def killed_at(self, call, path):
        killed = self.launch(wrapper=[
            STRACE, "-D", "-f", "-qq", "-o", "/dev/null", "-P", str(path),
            "-e", f"trace={call}", "-e", f"inject={call}:error=EIO:signal=KILL"])
        self.assertNotEqual(killed.wait(), 0)
        self.assert_verifies()

    def test_killed_at_each_step(self):
        steps = (("pwrite64", self.folder / "ledger.db-wal"),       # the event is there, no row
                 ("rename", self.signer / "verifier.key.new"),      # the row too
                 ("rename", self.signer / "signer.state.new"))      # not signed yet
        events = 0
        for call, path in steps:
            with self.subTest(path=path.name):
                for begin, count in ((self.rotate, 2),
                                     (lambda: self.key_command("retire"), 1)):
                    begin()
                    self.killed_at(call, path)
                    events += 1
                    self.assert_goes_on(self.keys[-count:], events)


if __name__ == "__main__":
    STRACE = require_injection()
    unittest.main()
