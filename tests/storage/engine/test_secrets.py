"""Keys at rest, and the file they come from."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from storage.engine.secrets import Vault, WrongSecretKey, keys_beside, new_key

ASK = """
import sys
from pathlib import Path
from storage.engine.secrets import keys_beside
print(*keys_beside(Path(sys.argv[1])))
"""


def test_a_secret_comes_back_and_does_not_show() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal("sk-ant-admin01-é")
    assert b"admin" not in sealed
    assert vault.open(sealed) == "sk-ant-admin01-é"


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    old, new = new_key(), new_key()
    sealed = Vault([old]).seal("x")
    both = Vault([new, old])
    assert both.open(sealed) == "x"
    assert Vault([new]).open(both.renew(sealed)) == "x"
    with pytest.raises(WrongSecretKey):
        Vault([new]).open(sealed)


@pytest.mark.parametrize("damage", [b"", b"garbage", b"\xff\x00"])
def test_a_damaged_secret_is_a_clear_error(damage: bytes) -> None:
    with pytest.raises(WrongSecretKey, match="STACKSPEND_SECRET_KEY"):
        Vault([new_key()]).open(damage)


@pytest.mark.parametrize("key", ["", "short", "é" * 44, "not base64!" * 4])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Vault([key])
    assert not key or key not in str(refused.value)


def test_no_key_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        Vault([])


def test_the_key_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    (key,) = keys_beside(tmp_path / "stackspend.db")
    file = tmp_path / "stackspend.db.key"
    assert Vault([key]).open(Vault([key]).seal("x")) == "x"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys_beside(tmp_path / "stackspend.db") == (key,)
    assert list(tmp_path.iterdir()) == [file]


def test_processes_that_start_at_once_have_the_same_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", ASK, str(tmp_path / "stackspend.db")]
    starting = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    keys = {process.communicate(timeout=30)[0].strip() for process in starting}
    assert len(keys) == 1
    assert len(keys.pop()) == 44


def test_whoever_is_second_takes_the_first_ones_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keys_beside(tmp_path / "stackspend.db")
    monkeypatch.setattr(Path, "exists", lambda _path: False)  # both looked before either wrote
    assert keys_beside(tmp_path / "stackspend.db") == first


@pytest.mark.parametrize("between", ["\n", ",", " , ", "\r\n"])
def test_a_key_that_is_found_again_may_be_added_to_the_file(tmp_path: Path, between: str) -> None:
    (tmp_path / "stackspend.db.key").write_text(f"new{between}old\n", newline="")
    assert keys_beside(tmp_path / "stackspend.db") == ("new", "old")


def test_the_vault_knows_what_its_first_key_encrypted() -> None:
    old, new = new_key(), new_key()
    both = Vault([new, old])
    assert [both.is_current(vault.seal("x")) for vault in (both, Vault([new]), Vault([old]))] == [
        True,
        True,
        False,
    ]
    assert (both.has_others, Vault([new]).has_others) == (True, False)
