"""Reads Prometheus' text format, and takes nothing that is not valid."""

import dataclasses
import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{((?:{_LABEL})(?:,{_LABEL})*)?,?\}})? (\S+)( -?\d+)?")
_COMMENT = re.compile(rf"# (HELP|TYPE) ({_NAME}) (.*)")
_TYPES = {"counter", "gauge", "histogram", "summary", "untyped"}
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


@dataclasses.dataclass
class Sample:
    """One line with a value."""

    name: str
    labels: dict
    value: float


def parse(text):
    """All samples of a page; ValueError where a scraper would not take it."""
    if not text.endswith("\n"):
        raise ValueError("the last line has no end")
    samples, families, seen = [], [], set()
    for line in text[:-1].split("\n"):
        if comment := _COMMENT.fullmatch(line):
            _add_comment(comment, families)
            continue
        sample = _sample(line)
        series = (sample.name, frozenset(sample.labels.items()))
        if series in seen:
            raise ValueError(f"twice: {line}")
        if not families or families[-1]["name"] != sample.name or "TYPE" not in families[-1]:
            raise ValueError(f"not below its TYPE: {line}")
        seen.add(series)
        samples.append(sample)
    return samples


def _add_comment(comment, families):
    kind, name, rest = comment.groups()
    if not families or families[-1]["name"] != name:
        if name in (family["name"] for family in families):
            raise ValueError(f"in two places: {name}")
        families.append({"name": name})
    if kind in families[-1] or (kind == "TYPE" and rest not in _TYPES):
        raise ValueError(f"# {kind} {name} {rest}")
    families[-1][kind] = rest


def _sample(line):
    match = _SAMPLE.fullmatch(line)
    if not match:
        raise ValueError(f"no sample: {line}")
    labels = {name: re.sub(r'\\["\\n]', lambda escape: _ESCAPES[escape[0]], value)
              for name, value in re.findall(_LABEL, match[2] or "")}
    return Sample(match[1], labels, float(match[7]))
