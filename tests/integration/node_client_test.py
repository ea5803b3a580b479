"""Runs node/client_test.js, with its packages installed in the build folder."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness.case import ServiceCase
from harness.environment import CONTRACT, PATIENCE, build_folder, require_tool, skip

SOURCES = pathlib.Path(__file__).resolve().parent / "node"
MANIFEST = ("package.json", "package-lock.json")


def install(folder):
    npm = require_tool("npm", "npm")
    for name in MANIFEST:
        shutil.copy(SOURCES / name, folder)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        skip("npm ci took too long; is the registry reachable?")
    if done.returncode != 0:
        skip(f"npm ci failed; is the registry reachable? {done.stderr[-500:]}")


def packages_folder():
    """Where the packages of the lock file are, installed when first needed."""
    lock = hashlib.sha256(b"".join((SOURCES / name).read_bytes() for name in MANIFEST))
    parent = build_folder() / "tests" / "node-packages"
    folder = parent / lock.hexdigest()[:16]
    if folder.exists():
        return folder / "node_modules"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as unfinished:
        whole = pathlib.Path(unfinished) / "whole"
        whole.mkdir()
        install(whole)
        try:
            whole.rename(folder)
        except OSError:  # another run was faster
            pass
    return folder / "node_modules"


class NodeClient(ServiceCase):

    def test_records_and_reads_back(self):
        environment = os.environ | {"DAYBOOK_ADDRESS": self.daemon.address,
                                    "DAYBOOK_PROTO": str(CONTRACT), "NODE_PATH": str(PACKAGES)}

        done = subprocess.run([NODE, str(SOURCES / "client_test.js")], env=environment,
                              capture_output=True, text=True, timeout=2 * PATIENCE, check=False)

        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    NODE = require_tool("node", "nodejs")
    PACKAGES = packages_folder()
    unittest.main()
