"""Nothing that was acknowledged is lost, doubled or moved when daybookd is killed.

DAYBOOK_SEED repeats a run's choices; they are printed when a test begins.
"""

import os
import random
import unittest

from harness.book import Book
from harness.case import StoreCase
from harness.load import Load
from harness.migrate import make_store

RUNS = 50


class SigkillAtRandomMoments(StoreCase):

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("DAYBOOK_SEED") or random.SystemRandom().randrange(2**32))
        print(f"{self.id()}: DAYBOOK_SEED={self.seed}", flush=True)
        self.chance = random.Random(self.seed)
        self.book = Book()

    def kill_again_and_again(self, runs, *store_options):
        make_store(self.folder, *store_options)
        retries = []
        for run in range(runs):
            daemon = self.start()
            client = self.client_of(daemon)
            if run % 10 == 0:
                self.book.check(client, self)
            retries.append(self.book.send_again(client, self))
            with Load(self.book, daemon.address, f"{run}", f"{self.seed}-{run}") as load:
                self.wait_for_a_random_moment()
                daemon.kill()
            self.assertEqual(load.surprises, [])
        client = self.client_of(self.start())
        retries.append(self.book.send_again(client, self))
        size = self.book.check(client, self)
        retried, stored = map(sum, zip(*retries))
        print(f"{self.id()}: {size} events; of {retried} in doubt {stored} were stored", flush=True)
        self.assertEqual(size, self.book.acknowledged)
        # Kills came both before and after the commit of what was under way.
        self.assertGreater(retried, stored)
        self.assertGreater(stored, 0)

    def wait_for_a_random_moment(self):
        if self.chance.random() < 0.5:
            more = self.chance.randint(1, 200)
            self.book.wait_for_acknowledged(self.book.acknowledged + more, timeout=5)
        else:
            self.book.wait_for_acknowledged(2**63, timeout=self.chance.uniform(0, 0.15))

    def test_in_the_midst_of_one_segment(self):
        self.kill_again_and_again(RUNS)

    def test_in_the_midst_of_rolling_over_segments(self):
        self.kill_again_and_again(RUNS, "--segment-events", 64)


if __name__ == "__main__":
    unittest.main()
