"""Makes the lock files: exact versions with hashes for every system, naming no host.

Run by `make lock`, with uv on the path of the interpreter that runs it.
"""

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

# llama.cpp's AMX path crashes (SIGSEGV at ldtilecfg) on processors that have it, so it is built without. The
# flags exist on x86 compilers only. Nothing is built that is not used: no server, no image models.
NO_AMX = "-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
X86 = "platform_machine == 'x86_64' or platform_machine == 'AMD64'"
NOT_X86 = "platform_machine != 'x86_64' and platform_machine != 'AMD64'"
LEAN = "-DLLAVA_BUILD=OFF"
BUILD_X86 = f"--config-settings=\"cmake.args={LEAN};-DCMAKE_C_FLAGS='{NO_AMX}';-DCMAKE_CXX_FLAGS='{NO_AMX}'\""
BUILD_OTHER = f'--config-settings="cmake.args={LEAN}"'
WITH_LLAMA = {"requirements", "requirements-dev"}


def build_without_amx(lock: str) -> str:
    """Split llama-cpp-python's entry in two: x86, built with AMX off, and the rest."""
    entry = re.search(r"^llama-cpp-python==(\S+) \\\n((?:    --hash=\S+(?: \\)?\n)+)", lock, re.MULTILINE)
    if entry is None:
        raise SystemExit("lock.py: llama-cpp-python is not in the lock")
    version, hashes = entry.groups()
    both = "".join(
        f"llama-cpp-python=={version} ; {marker} \\\n    {settings} \\\n{hashes}"
        for marker, settings in ((X86, BUILD_X86), (NOT_X86, BUILD_OTHER))
    )
    return lock[: entry.start()] + both + lock[entry.end() :]


def without_settings(lock: str) -> str:
    """A lock as uv reads it back, which keeps the versions that are there; it knows no settings of a build."""
    return re.sub(r"^    --config-settings=.*\n", "", lock, flags=re.MULTILINE)


def main() -> None:
    for name in ("requirements", "requirements-dev", "build", "control"):
        lock = HERE / f"{name}.lock"
        if lock.exists():
            lock.write_text(without_settings(lock.read_text()))
        subprocess.run(
            [
                sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11",
                "--generate-hashes", "--no-emit-index-url", "--no-annotate", "--no-header",
                str(HERE / f"{name}.in"), "--output-file", str(lock), *sys.argv[1:],
            ],
            check=True,
        )  # fmt: skip
        if name in WITH_LLAMA:
            lock.write_text(build_without_amx(lock.read_text()))


if __name__ == "__main__":
    main()
