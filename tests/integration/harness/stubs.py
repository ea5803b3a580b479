"""The contract's messages and stubs for Python, generated when first needed.

Importing this module makes `daybook.audit.v1`, `google.rpc` and `grpc_standard`
importable.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from harness.environment import CONTRACT, PATIENCE, build_folder, require_tool, skip

try:
    import google.protobuf
    import grpc
except ImportError as missing:
    skip(f"{missing} (Debian: python3-grpcio python3-protobuf)")

_STANDARD = pathlib.Path(__file__).resolve().parents[1] / "proto"


def _sources():
    return {root: sorted(root.rglob("*.proto")) for root in (CONTRACT, _STANDARD)}


def _fingerprint(sources):
    """Names what is generated, so that a changed contract is generated anew."""
    digest = hashlib.sha256(f"{google.protobuf.__version__} {grpc.__version__}".encode())
    for root, files in sources.items():
        for file in files:
            digest.update(f"{file.relative_to(root)}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _generate(folder, sources):
    protoc = require_tool("protoc", "protobuf-compiler")
    plugin = require_tool("grpc_python_plugin", "protobuf-compiler-grpc")
    command = [protoc, f"--python_out={folder}", f"--grpc_python_out={folder}"]
    command += [f"--plugin=protoc-gen-grpc_python={plugin}"]
    command += [f"--proto_path={root}" for root in sources]
    command += [str(file) for files in sources.values() for file in files]
    subprocess.run(command, check=True, timeout=PATIENCE)


def _stubs_folder():
    sources = _sources()
    parent = build_folder() / "tests" / "python-stubs"
    folder = parent / _fingerprint(sources)
    if folder.exists():
        return folder
    parent.mkdir(parents=True, exist_ok=True)
    unfinished = tempfile.mkdtemp(dir=parent)
    _generate(unfinished, sources)
    try:
        os.rename(unfinished, folder)
    except OSError:  # another test was faster
        shutil.rmtree(unfinished)
    return folder


sys.path.insert(0, str(_stubs_folder()))
