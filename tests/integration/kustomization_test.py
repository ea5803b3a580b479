"""The kustomization in docs/deployment.md does what it says."""

import pathlib
import re
import tempfile
import unittest

from harness.environment import PROJECT, project_version, skip
from harness.pod import Manifests, containers_of, kubectl_minor_version

# Renders a base that is named as a resource, which Debian 12's 1.20 does not.
LEAST_KUBECTL = 21


class Kustomization(unittest.TestCase):

    def render(self, folder):
        text = (PROJECT / "docs/deployment.md").read_text()
        folder.mkdir()
        kustomization = re.search(r"```yaml\n(# kustomization.yaml\n.*?)```", text, re.S)[1]
        (folder / "kustomization.yaml").write_text(kustomization)
        folder.with_name("daybook").symlink_to(PROJECT)
        return Manifests(folder)

    def test_it_changes_what_is_yours_and_nothing_else(self):
        with tempfile.TemporaryDirectory(prefix="daybook-test-") as root:
            manifests = self.render(pathlib.Path(root) / "mine")

        self.assertEqual({container["image"] for container in containers_of(manifests.pod_spec())},
                         {f"registry.example/daybook:{project_version()}"})
        data, signer = manifests.workload()["spec"]["volumeClaimTemplates"]
        self.assertEqual([claim["metadata"]["name"] for claim in (data, signer)],
                         ["data", "signer"])
        self.assertEqual(data["spec"]["storageClassName"], "fast-ssd")
        self.assertEqual(data["spec"]["resources"]["requests"]["storage"], "200Gi")
        self.assertEqual({one["metadata"]["namespace"] for one in manifests.objects}, {"audit"})


if __name__ == "__main__":
    if kubectl_minor_version() < LEAST_KUBECTL:
        skip(f"kubectl is older than 1.{LEAST_KUBECTL}")
    unittest.main()
