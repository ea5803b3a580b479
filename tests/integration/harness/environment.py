"""Where the programs and the contract are, and how long anything may take."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

PROJECT = pathlib.Path(__file__).resolve().parents[3]
CONTRACT = PROJECT / "proto"

# Nothing takes so long, also under sanitizers on a busy machine; a test that
# waits so long for one thing has failed.
PATIENCE = 60.0

# What people must not wait longer for, in programs as they run them: sanitizers take
# several times as long.
A_SECOND = 10.0 if "DAYBOOK_SANITIZED" in os.environ else 1.0

_SKIPPED = 77


def skip(why):
    """Ends the test as skipped, so that nobody takes it for passed."""
    print(f"SKIPPED: {why}", file=sys.stderr, flush=True)
    sys.exit(_SKIPPED)


def _folder(variable):
    value = os.environ.get(variable)
    if not value:
        sys.exit(f"{variable} is not set; see tests/integration/harness/__init__.py")
    return pathlib.Path(value).resolve()


def program(name):
    path = _folder("DAYBOOK_BIN_DIR") / name
    if not path.exists():
        sys.exit(f"{path} is missing; build it first")
    return str(path)


def project_version():
    lists = (PROJECT / "CMakeLists.txt").read_text()
    return re.search(r"project\(daybook VERSION (\S+)", lists)[1]


def build_folder():
    return _folder("DAYBOOK_BUILD_DIR")


def require_tool(name, package):
    """The path of a program, or the end of the test as skipped."""
    path = shutil.which(name)
    if path is None:
        skip(f"{name} is not installed (Debian: {package})")
    return path


def require_injection():
    """The path of strace, where it may change what system calls do; else the end."""
    strace = require_tool("strace", "strace")
    probe = subprocess.run([strace, "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync",
                            "-e", "inject=fsync:error=EIO", "true"],
                           capture_output=True, text=True, timeout=PATIENCE, check=False)
    if probe.returncode != 0:
        skip(f"strace may not trace here: {probe.stderr.strip()}")
    return strace
