"""Kubernetes manifests, and their containers run as processes."""

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess

from harness.daemon import DaemonProcess
from harness.environment import PATIENCE, program, require_tool, skip
from harness.migrate import run

try:
    import yaml
except ImportError as missing:
    skip(f"{missing} (Debian: python3-yaml)")


class Manifests:
    """What `kubectl kustomize` makes of a folder."""

    def __init__(self, folder):
        kubectl = require_tool("kubectl", "kubernetes-client")
        done = subprocess.run([kubectl, "kustomize", folder], capture_output=True, text=True,
                              timeout=PATIENCE, check=False)
        if done.returncode != 0:
            raise AssertionError(f"kubectl kustomize {folder}: {done.stderr}")
        self.objects = list(yaml.safe_load_all(done.stdout))

    def all(self, kind):
        return [one for one in self.objects if one["kind"] == kind]

    def only(self, kind):
        [found] = self.all(kind)
        return found

    def named(self, kind, name):
        [found] = [one for one in self.all(kind) if one["metadata"]["name"] == name]
        return found

    def workload(self):
        """The one object that makes pods."""
        [found] = self.all("StatefulSet") + self.all("Deployment")
        return found

    def pod_spec(self):
        return self.workload()["spec"]["template"]["spec"]

    def claims(self):
        """The names of the volumes that each pod gets for itself."""
        return [claim["metadata"]["name"]
                for claim in self.workload()["spec"].get("volumeClaimTemplates", ())]


def kubectl_minor_version():
    kubectl = require_tool("kubectl", "kubernetes-client")
    done = subprocess.run([kubectl, "version", "--client", "--output=json"], capture_output=True,
                          text=True, timeout=PATIENCE, check=True)
    return int(re.match(r"\d+", json.loads(done.stdout)["clientVersion"]["minor"])[0])


def containers_of(spec):
    return spec.get("initContainers", []) + spec["containers"]


def paths_in(text):
    """The absolute paths in an argument such as --flag=/a or sqlite:/b."""
    return re.findall(r"(?:^|[=:])(/[^:]*)", text)


class Pod:
    """The pod of some manifests, with volumes below `root`.

    A container is a process with the manifest's command, arguments and
    environment, and nothing else in its environment. Two things differ:
    - a path below a mount, in all of these and in secrets, is one below the
      folder that stands for the volume; a volume lives as long as the pod, also
      where Kubernetes would make a new one for each start;
    - a port to listen on is one of the process's own choice.
    Run by root, it has the pod's user and groups, and volumes that are owned as
    the kubelet leaves them.
    """

    def __init__(self, manifests, root):
        self._manifests = manifests
        self._spec = manifests.pod_spec()
        self._security = self._spec["securityContext"]
        self._root = pathlib.Path(root)
        self._root.chmod(0o755)
        self._termination_log = self._root / "termination-log"
        for name in manifests.claims():
            self._make_disk(name)
        for volume in self._spec["volumes"]:
            self._make(volume)

    def volume(self, name):
        return self._root / name

    def own(self, path, mode):
        """Gives a file or folder to root and the pod's group."""
        if os.geteuid() == 0:
            os.chown(path, 0, self._security["fsGroup"])
        path.chmod(mode)

    def run(self, name):
        """Runs an init container to its end: how it ended, and its last words."""
        container = self._container(name)
        self._termination_log.write_text("")
        self._termination_log.chmod(0o666)
        ended = run(self._command(container), **self._options(container))
        return ended, self._termination_log.read_bytes()

    def process(self, name):
        """A container that is daybookd, not started."""
        container = self._container(name)
        return DaemonProcess(self._command(container), **self._options(container))

    def write_secret(self, volume, key, value):
        self._project(volume, {key: value})

    def _make(self, volume):
        name = volume["name"]
        if "persistentVolumeClaim" in volume:
            self._make_disk(name)
        elif "configMap" in volume:
            source = self._manifests.named("ConfigMap", volume["configMap"]["name"])
            self._project(name, source["data"])
        elif "secret" in volume:
            source = self._manifests.named("Secret", volume["secret"]["secretName"])
            self._project(name, secret_values(source))
        else:
            self.volume(name).mkdir()
            self.own(self.volume(name), 0o2777)

    def _make_disk(self, name):
        """The root of a file system, with the folder that only root may read."""
        self.volume(name).mkdir()
        self.own(self.volume(name), 0o2775)
        (self.volume(name) / "lost+found").mkdir(mode=0o700)

    def _project(self, name, data):
        """Lays out files as the kubelet does, so that it can swap them all at once."""
        folder = self.volume(name)
        shutil.rmtree(folder, ignore_errors=True)
        version = folder / "..2026_01_01_00_00_00.1"
        version.mkdir(parents=True)
        (folder / "..data").symlink_to(version.name)
        for key, value in data.items():
            (version / key).write_text(self._moved(value))
            (folder / key).symlink_to(f"..data/{key}")

    def _container(self, name):
        [found] = [one for one in containers_of(self._spec) if one["name"] == name]
        return found

    def _places(self):
        """Where each path of a container is here; all containers agree on them."""
        places = {}
        for container in containers_of(self._spec):
            for mount in container["volumeMounts"]:
                places[mount["mountPath"]] = self.volume(mount["name"])
            if "terminationMessagePath" in container:
                places[container["terminationMessagePath"]] = self._termination_log
        return places

    def _moved(self, text):
        places = self._places()
        paths = "|".join(map(re.escape, sorted(places, reverse=True)))
        return re.sub(rf"(^|[=:])({paths})(?=/|$)", lambda m: f"{m[1]}{places[m[2]]}", text)

    def _command(self, container):
        ports = "|".join(str(port["containerPort"]) for port in container.get("ports", ()))
        words = [self._moved(word) for word in container["command"][1:] + container["args"]]
        if ports:
            words = [re.sub(rf":({ports})$", ":0", word) for word in words]
        return [program(container["command"][0]), *words]

    def _options(self, container):
        options = {"env": {entry["name"]: self._moved(entry["value"])
                           for entry in container.get("env", ())}, "cwd": "/"}
        if os.geteuid() == 0:
            options.update(user=self._security["runAsUser"], group=self._security["runAsGroup"],
                           extra_groups=[self._security["fsGroup"]])
        return options


def secret_values(secret):
    """What a secret holds, as the container reads it."""
    return {key: base64.b64decode(value).decode() for key, value in secret["data"].items()}
