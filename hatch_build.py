"""What hatchling does beside packing: it puts the published runs, validated, into the wheel. See `matrix/data/carried.py`."""

import sys
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PublishedRuns(BuildHookInterface[Any]):
    """Fails the build, with every fault named, where a run in results/ is faulty."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Before packing. An editable installation reads the checkout's results/."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        sys.dont_write_bytecode = True
        from matrix.data.carried import carry

        self.folder = TemporaryDirectory()  # removed with this object
        path = carry(Path(self.root) / "results", Path(self.folder.name), date.today())
        build_data["force_include"][str(path)] = f"matrix/published/{path.name}"
