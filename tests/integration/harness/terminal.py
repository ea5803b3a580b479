"""Runs a program on a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import termios

from harness.environment import PATIENCE


def on_terminal(command, columns, **environment):
    """What `command` writes to a terminal of so many columns, its line ends as \\n."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    around = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave,
                          env=around | {"TERM": "xterm"} | environment) as process:
        os.close(slave)
        written = b""
        try:
            while part := os.read(master, 65536):
                written += part
        except OSError:  # the other side is closed
            pass
        process.wait(timeout=PATIENCE)
    os.close(master)
    return written.decode().replace("\r\n", "\n")
