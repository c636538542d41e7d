"""scripts: a script of this checkout as a module, by its path."""
# SPDX-License-Identifier: MIT

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_script(path: Path) -> ModuleType:
    """Run the file and return it as a new module each time.

    It is in `sys.modules`, where dataclasses look it up, under a unique name. It can import its neighbours,
    as when Python runs it.
    """
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    name = f"script_{path.stem}_of_{path.parent.name}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
