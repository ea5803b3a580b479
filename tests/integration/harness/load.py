"""Clients that record as fast as they can until the service goes away."""

import itertools
import random
import threading

import grpc

from harness.client import Client, Event
from harness.environment import PATIENCE

WENT_AWAY = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)


class Load:
    """`threads` clients; every fourth sends batches. Ends with the service.

    Each request's id begins with `name`. Errors besides those of a service that
    went away are kept in `surprises`.
    """

    def __init__(self, book, address, name, seed, threads=4):
        self._book = book
        self._address = address
        self.surprises = []
        self.endings = []
        self._threads = [
            threading.Thread(target=self._run, args=(f"{name}-{i}", random.Random(f"{seed}-{i}"),
                                                     i % 4 == 3), daemon=True)
            for i in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self._threads:
            thread.join(PATIENCE)

    def _run(self, name, chance, sends_batches):
        with Client(self._address) as client:
            for number in itertools.count():
                requests = [(f"{name}-{number}-{i}", random_event(chance))
                            for i in range(chance.randint(2, 90) if sends_batches else 1)]
                try:
                    self._book.send(client, requests, wait_for_ready=False)
                except grpc.RpcError as error:
                    self.endings.append(error)
                    if error.code() not in WENT_AWAY:
                        self.surprises.append((requests[0][0], error.code().name, error.details()))
                    return


def random_event(chance):
    padding = "x" * chance.choice((0, 10, 100, 2000))
    return Event(action=chance.choice(("login", "login_failed", "deposit_confirmed")),
                 user_id=chance.randrange(1000), details=f'{{"padding":"{padding}"}}')
