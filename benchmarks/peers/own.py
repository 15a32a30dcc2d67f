"""This program as installers put it: in a virtual environment without what development adds to every start.

Packages for development have files (`*.pth`) that Python reads at each start, which takes some 4 ms.
"""

import sys
import venv
from functools import cache
from pathlib import Path

import click

import vedette
from benchmarks.targets import bench_folder

_SCRIPT = """#!{python}
import sys
from vedette.cli.main import main
if __name__ == "__main__":
    sys.exit(main())
"""


@cache
def own_program() -> Path:
    """The `vedette` of that environment, which has its packages from this one."""
    folder = bench_folder() / "peers" / "vedette"
    venv.create(folder, with_pip=False, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = (Path(vedette.__file__).parents[1], Path(click.__file__).parents[1])
    listed = folder / "lib" / version / "site-packages" / "packages.pth"
    listed.write_text("".join(f"{path}\n" for path in packages))
    script = folder / "bin" / "vedette"
    script.write_text(_SCRIPT.format(python=folder / "bin" / "python"))
    script.chmod(0o755)
    return script
