"""Lint, format and types, as the tools' settings in pyproject.toml ask for them."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "tool", ["ruff check", "ruff format --check", "mypy"], ids=["lint", "format", "types"]
)
def test_style(tool):
    command = [sys.executable, "-m", *tool.split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
