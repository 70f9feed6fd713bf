"""Compare an environment with ``requirements.txt``.

``python -m course_utils.cli.requirements`` prints what :func:`_describe` finds as one line of
JSON, so that one Python can ask about another.
"""

import json
import os
import sys
from dataclasses import dataclass
from importlib import metadata, util

from course_utils.files import ROOT

_REQUIREMENTS = ROOT / "requirements.txt"

# The same package with different hardware support: either serves.
_ALIKE = {"tensorflow": "tensorflow-cpu", "tensorflow-cpu": "tensorflow"}

# What Keras runs on if not TensorFlow, which is needed all the same: the data comes through it.
_BACKENDS = {"jax": "jax~=0.10.2", "torch": "torch~=2.13.0"}


@dataclass(frozen=True)
class _Package:
    """One line of ``requirements.txt`` and what is installed for it."""

    name: str
    wanted: str
    installed: str | None
    ok: bool

    def __str__(self) -> str:
        return f"{self.name}{self.wanted} (here: {self.installed or 'not installed'})"


def _lines(text: str) -> list[str]:
    """Return the requirements in the text of a requirements file, without comments."""
    bare = [line.partition("#")[0].strip() for line in text.splitlines()]
    return [line for line in bare if line]


def _backend_lines() -> list[str]:
    """Return what ``KERAS_BACKEND`` needs besides TensorFlow."""
    wanted = _BACKENDS.get(os.environ.get("KERAS_BACKEND", ""))
    return [wanted] if wanted else []


def _installed_version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _compare(text: str) -> list[_Package]:
    """Compare this Python's packages with those a requirements file wants on this platform."""
    # JupyterLab needs it, so no complete environment is without it; others get an ImportError.
    from packaging.requirements import Requirement

    found = []
    for requirement in map(Requirement, _lines(text)):
        if requirement.marker and not requirement.marker.evaluate():
            continue
        name = requirement.name
        version = _installed_version(name)
        if version is None and name in _ALIKE:
            version = _installed_version(_ALIKE[name])
        ok = version is not None and requirement.specifier.contains(version, prereleases=True)
        found.append(_Package(name, str(requirement.specifier), version, ok))
    return found


def _describe() -> dict[str, object]:
    """Describe this Python: version, whether it has pip, and what it lacks."""
    try:
        text = _REQUIREMENTS.read_text("utf-8")
        packages = _compare("\n".join([text, *_backend_lines()]))
        unmet = [str(package) for package in packages if not package.ok]
    except ImportError:
        unmet = ["packages of the course"]
    return {
        "version": list(sys.version_info[:2]),
        "pip": util.find_spec("pip") is not None,
        "unmet": unmet,
    }


if __name__ == "__main__":
    print(json.dumps(_describe()))
