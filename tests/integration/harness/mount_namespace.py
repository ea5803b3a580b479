"""A mount namespace of its own, in which a test may mount small disks."""

import os
import subprocess
import sys
import tempfile

from harness.environment import PATIENCE, require_tool, skip

_INSIDE = "DAYBOOK_TEST_IN_MOUNT_NAMESPACE"


def enter_mount_namespace():
    """Begins the program again in a mount namespace where a tmpfs can be mounted and
    made larger; ends it as skipped where there is none to be had."""
    if _INSIDE in os.environ:
        return
    unshare = [require_tool("unshare", "util-linux"), "--mount"]
    if os.geteuid() != 0:
        unshare.append("--map-root-user")
    here = tempfile.gettempdir()
    trial = f"mount -t tmpfs -o size=1m tmpfs '{here}' && mount -o remount,size=2m '{here}'"
    probe = subprocess.run([*unshare, "sh", "-c", trial], capture_output=True, text=True,
                           timeout=PATIENCE, check=False)
    if probe.returncode != 0:
        skip(f"cannot mount a tmpfs here (run as root): {probe.stderr.strip()}")
    os.environ[_INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])
