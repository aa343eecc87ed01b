from pathlib import Path

import pytest

from engine.cli import main


@pytest.fixture
def key(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The key file of the default profile, which is made; the folder it lies in is the present one."""
    monkeypatch.setenv("HEARTHSIDE_MODELS", str(models_folder))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "key"
    key.write_bytes(b"only its owner knows this")
    key.chmod(0o600)
    assert main(["init", "--key-file", str(key)]) == 0
    return key
