"""The machine that the figures belong to, in a few lines."""

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import psutil

import vae
from vae import data
from vae.store.folder import root

from .server import chromium_path

LIBRARIES = "streamlit plotly numpy ai-edge-litert tensorflow keras playwright psutil"


def describe() -> str:
    """Processor, memory, versions, and what was measured on them."""
    memory = psutil.virtual_memory()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    return "\n".join(
        (
            f"processor  {_processor()}, {os.cpu_count()} cores; load before the bench {load:.1f}",
            f"memory     {memory.total / 1e9:.1f} GB, {memory.available / 1e9:.1f} GB free",
            f"system     {platform.platform()}, Python {platform.python_version()}",
            "libraries  " + ", ".join(f"{name} {version(name)}" for name in LIBRARIES.split()),
            f"browser    {_browser()}",
            f"models     {', '.join(vae.models()) or 'none'} (in {root()})",
            f"MNIST      {data.find() or 'not at hand'}",
        )
    )


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _browser() -> str:
    path = chromium_path()
    if path is None:
        return "none: install Debian's package `chromium`"
    asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=30)
    return asked.stdout.strip() or path
