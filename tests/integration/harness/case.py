"""Test cases over a store, and over a daemon that serves it."""

import contextlib
import pathlib
import tempfile
import unittest

import grpc

from harness.client import Client, Failure
from harness.daemon import Daemon
from harness.migrate import make_store


class StoreCase(unittest.TestCase):
    """Each test has a folder of its own, still without a store."""

    def setUp(self):
        self.folder = pathlib.Path(
            self.enterContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "store"

    def start(self, *arguments, **options):
        """A daemon over the store, which serves, until the test ends."""
        return self.enterContext(Daemon(self.folder, *arguments, **options))

    def launch(self, *arguments, **options):
        """Likewise, but it need not serve."""
        return self.launch_in(self.folder, *arguments, **options)

    def launch_in(self, folder, *arguments, **options):
        daemon = Daemon(folder, *arguments, **options)
        self.addCleanup(daemon.__exit__)
        return daemon.launch()

    def client_of(self, daemon, producer=None):
        return self.enterContext(Client(daemon.address, producer))

    @contextlib.contextmanager
    def assert_fails(self, code, reason=None, field=None):
        """Expects the call inside to fail so; yields the Failure."""
        failure = Failure(code=None, message="")
        with self.assertRaises(grpc.RpcError) as raised:
            yield failure
        failure.__dict__.update(Failure.of(raised.exception).__dict__)
        self.assertEqual(failure.code, code, failure)
        if reason is not None:
            self.assertEqual((failure.domain, failure.reason), ("daybook", reason), failure)
        if field is not None:
            self.assertIn(field, failure.fields, failure)


class ServiceCase(StoreCase):
    """The tests of a class share one daemon and depend on nothing in its log."""

    @classmethod
    def setUpClass(cls):
        cls.shared_folder = pathlib.Path(
            cls.enterClassContext(tempfile.TemporaryDirectory(prefix="daybook-test-"))) / "store"
        make_store(cls.shared_folder)
        cls.daemon = cls.enterClassContext(Daemon(cls.shared_folder))
        cls.client = cls.enterClassContext(Client(cls.daemon.address))

    @contextlib.contextmanager
    def assert_refused(self, code, reason, field=None):
        """Expects the call inside to fail so, and to write nothing."""
        before = self.client.size()
        with self.assert_fails(code, reason, field) as failure:
            yield failure
        self.assertEqual(self.client.size(), before, "something was written")
