"""What daybookd tells Prometheus."""

import re
import urllib.request

from harness.environment import PATIENCE

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")


def metrics_of(daemon):
    """(name, labels) to value, of all samples on the page."""
    url = f"http://{daemon.metrics_address}/metrics"
    with urllib.request.urlopen(url, timeout=PATIENCE) as page:
        lines = page.read().decode().splitlines()
    matches = [_SAMPLE.match(line) for line in lines if line and not line.startswith("#")]
    return {(m[1], frozenset(re.findall(r'(\w+)="([^"]*)"', m[2] or ""))): float(m[3])
            for m in matches}
