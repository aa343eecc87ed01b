"""Names what no loader reads, so that a person knows why: by its name, without opening it, or by its first bytes."""

_SUFFIXES = {
    "picture": ".png .jpg .jpeg .jpe .gif .bmp .tif .tiff .webp .heic .heif .avif .ico .psd .xcf .raw .cr2 .nef .dng",
    "sound": ".mp3 .m4a .aac .ogg .oga .opus .flac .wav .aif .aiff .wma .mid .midi",
    "film": ".mp4 .m4v .mov .mkv .webm .avi .wmv .mpg .mpeg .flv .3gp .vob",
    "font": ".ttf .otf .woff .woff2 .ttc .eot",
    "packed": ".7z .rar .tar .gz .tgz .bz2 .xz .zst .lz4 .cab .iso .dmg .img .jar .war .apk .deb .rpm .whl",
    "program": ".exe .dll .so .dylib .o .a .lib .obj .class .pyc .wasm .msi .app",
    "database": ".db .sqlite .sqlite3 .mdb .accdb .parquet .pst .ost",
    "model": ".gguf .safetensors .onnx .pt .pth .npy .npz",
}
REASONS = frozenset(_SUFFIXES)
_BY_SUFFIX = {suffix: reason for reason, names in _SUFFIXES.items() for suffix in names.split()}
_BY_CLASS = {"image": "picture", "audio": "sound", "video": "film"}
_BY_TYPE = {
    "application/font-sfnt": "font",
    "application/font-woff": "font",
    "application/wasm": "program",
    "application/x-executable": "program",
    "application/x-msdownload": "program",
    "application/x-sqlite3": "database",
    "application/gzip": "packed",
    "application/zstd": "packed",
    **{f"application/x-{name}": "packed" for name in ["7z-compressed", "bzip2", "lzip", "rar-compressed", "tar", "xz"]},
}


def reason_by_name(suffix: str) -> str:
    """Why a file of this name need not be opened; "" when its name does not tell."""
    return _BY_SUFFIX.get(suffix.lower(), "")


def reason_by_content(head: bytes) -> str:
    """Why content that begins like this is not read; "" for what is not known, text among it."""
    import filetype  # type: ignore[import-untyped]  # it has no types

    kind = filetype.guess_mime(head) or ""
    return _BY_CLASS.get(kind.partition("/")[0], "") or _BY_TYPE.get(kind, "")
