"""What each of the Keras Applications costs, as recorded on one machine.

``python3 -m course_utils.models.applications`` repeats it, in about ten minutes on two cores: it
builds every network, counts it with the calculator and measures its latency. It can be stopped
with Ctrl-C; the same command goes on where it was.
"""

import datetime
import json
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from course_utils.files import write_json

FILE = Path(__file__).with_name("applications.json")
COMMAND = "python3 -m course_utils.models.applications"

TRAINING_BATCH = 32
"""Images in a batch for which the memory of training is counted."""


@cache
def recorded_applications() -> dict[str, Any]:
    """Return the recorded costs of all Keras Applications whose accuracy is published.

    Returns
    -------
    dict
        ``command``, ``date`` and ``machine``, and under ``applications`` for each network, in the
        order of `course_utils.costs.published.imagenet.applications`: ``params``, ``macs`` for
        one image, ``training_bytes`` with Adam and batches of 32 images in float32,
        ``build_seconds`` and ``count_seconds`` (Keras's and the calculator's), and
        ``latency_ms`` of one image: lower quartile, median, upper quartile.

    Examples
    --------
    >>> recorded_applications()["applications"]["ResNet50"]["params"]
    25636712
    """
    recorded: dict[str, Any] = json.loads(FILE.read_text("utf-8"))
    return recorded


def measure(application: Any, seconds: float = 1.0) -> dict[str, Any]:
    """Build one network without weights, count it, and measure its latency.

    Parameters
    ----------
    application : course_utils.costs.published.imagenet.Application
    seconds : float, default 1.0
        For how long latency is measured, at least.

    Returns
    -------
    dict
        As one entry of :func:`recorded_applications`.
    """
    import keras

    from course_utils.costs import from_keras
    from course_utils.models.timing import latency

    start = time.perf_counter()
    model = getattr(keras.applications, application.function)(**application.settings)
    built = time.perf_counter()
    network = from_keras(model)
    totals = network.totals
    counted = time.perf_counter()
    times = latency(model, seconds=seconds)
    low, high = times.spread
    return {
        "params": totals.params,
        "macs": totals.macs,
        "training_bytes": network.at(batch_size=TRAINING_BATCH).memory("adam").training,
        "build_seconds": round(built - start, 3),
        "count_seconds": round(counted - built, 5),
        "latency_ms": [round(value, 2) for value in (low, times.median, high)],
    }


def main() -> int:
    """Measure all networks that are not yet measured, and write the file; return the status."""
    from course_utils.costs.published import imagenet
    from course_utils.machine import describe, set_up

    set_up(seed=0)
    import keras

    part = FILE.with_suffix(".part")
    recorded: dict[str, Any] = {"command": COMMAND, "machine": describe(), "applications": {}}
    if part.exists():
        before = json.loads(part.read_text("utf-8"))
        recorded = before if before["machine"] == recorded["machine"] else recorded
    done = recorded["applications"]
    known = imagenet.applications()
    try:
        for application in known:
            if application.model not in done:
                print(f"{len(done) + 1:>3} of {len(known)}: {application.model}", flush=True)
                done[application.model] = measure(application)
                write_json(part, recorded)
                keras.utils.clear_session()
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on here.", file=sys.stderr)
        return 130
    recorded["date"] = datetime.date.today().isoformat()
    recorded["applications"] = {one.model: done[one.model] for one in known}
    write_json(FILE, recorded)
    part.unlink()
    print(f"Written: {FILE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
