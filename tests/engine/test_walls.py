"""The engine runs without Qt, and heavy packages wait until they are needed."""

import subprocess
import sys
from pathlib import Path

ENGINE = Path(__file__).parents[2] / "engine"
HEAVY = {
    "rapidocr",
    "cv2",
    "PIL",
    "PySide6",
    "llama_cpp",
    "mlx",
    "mlx_lm",
    "onnxruntime",
    "pypdfium2",
    "docx",
    "pptx",
    "tree_sitter",
    "transformers",
    "torch",
    "gguf",
}


def modules() -> list[str]:
    return [
        ".".join(path.relative_to(ENGINE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(ENGINE.rglob("*.py"))
        if path.name != "__main__.py"
    ]


def test_importing_all_of_the_engine_imports_nothing_heavy():
    code = (
        "import importlib, sys\n"
        f"for name in {modules()!r}: importlib.import_module(name)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
