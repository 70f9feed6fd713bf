"""``python3 -m course_utils record embedded_backbone``: make the embedded backbone anew.

MobileNetV2 0.35 learns to tell apart the kinds of animals and plants that
:mod:`course_utils.data.scenes` draws, those of the stand-in photographs excepted. Its weights are
written to ``embedded/mobilenet-v2.npz`` as float16, and beside them how they were made and what
they are good for.

Each epoch is kept in ``course_utils/pretraining`` in Keras's cache: a run that was stopped goes on.
"""

import argparse
import hashlib
import json
import math
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from course_utils.data import scenes
from course_utils.data.downloads import cache_home
from course_utils.files import whole_file, write_json
from course_utils.progress import progress


@dataclass(frozen=True)
class Stage:
    """Some epochs with pictures of one size.

    Attributes
    ----------
    size : int
        Height and width in pixels of the piece that is cut out at random in training; 8 more are
        drawn.
    extents : tuple of float
        How much is seen, in turn: an animal is about as long as 0.7, the picture twice this.
    away : float
        How far from the middle an animal may be.
    easy : int
        In so many epochs there are only the easiest pictures; then each one brings harder ones.
    epochs : int
    peak : float
        The highest learning rate of SGD with Nesterov's momentum of 0.9; it rises in the first
        epoch and falls to zero along a cosine.
    """

    size: int
    extents: tuple[float, ...]
    away: float
    easy: int
    epochs: int
    peak: float

    @property
    def drawn(self) -> int:
        """Height and width in pixels as pictures are drawn."""
        return self.size + 8


@dataclass(frozen=True)
class Pretraining:
    """How the embedded backbone is trained.

    Attributes
    ----------
    pictures : int
        Of each kind, in each stage.
    stages : tuple of Stage
        Small pictures are quick to learn from; larger ones make it ready for photographs.
    batch_size, seed : int
    """

    pictures: int = 1_000
    stages: tuple[Stage, ...] = (
        Stage(size=56, extents=(4 / 7,), away=0.06, easy=5, epochs=25, peak=0.02),
        Stage(size=96, extents=(0.45, 0.6, 0.75, 0.9), away=0.15, easy=0, epochs=7, peak=0.01),
    )
    batch_size: int = 64
    seed: int = 0


GRADES = 5
"""Of difficulty: from an animal on a plain ground to one among leaves, pebbles and grass."""


def draw_pictures(stage: Stage, n: int, seed: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of every kind, and of each kind in every grade of difficulty.

    Parameters
    ----------
    stage : Stage
    n : int
        Of each kind; a multiple of the number of grades, which follow each other, and of extents.
    seed : list of int

    Returns
    -------
    x : numpy.ndarray
        uint8 of shape (kinds * n, drawn, drawn, 3).
    y : numpy.ndarray
        Class numbers, int64, in the order of :data:`course_utils.data.scenes.KINDS`.
    """
    names, extents = list(scenes.KINDS), stage.extents
    share = n // (GRADES * len(extents))
    places = list(product(range(len(names)), range(GRADES), range(len(extents))))

    def some(place: tuple[int, int, int]) -> np.ndarray:
        number, grade, extent = place
        hard = grade / (GRADES - 1)
        return scenes.draw(
            names[number],
            share,
            [*seed, *place[: 2 if len(extents) == 1 else 3]],
            stage.drawn,
            extent=extents[extent],
            away=stage.away,
            clutter=round(3 * hard),
            blades=round(3 * hard),
            rough=hard,
        )

    x = np.empty((len(names) * n, stage.drawn, stage.drawn, 3), np.uint8)
    done = 0
    with (
        ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool,
        progress("Drawing pictures", len(x)) as show,
    ):
        for pictures in pool.map(some, places):
            x[done : done + len(pictures)] = pictures
            done += len(pictures)
            show(done)
    return x, np.repeat(np.arange(len(names)), n)


def batches(
    x: np.ndarray, y: np.ndarray, recipe: Pretraining, stage: Stage, epoch: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the pictures of an epoch as they are shown: cut out, turned, in other colours."""
    rng = np.random.default_rng([recipe.seed, epoch])
    grade = np.arange(len(x)) * GRADES * len(scenes.KINDS) // len(x) % GRADES
    ready = np.flatnonzero(grade <= max(0, epoch + 1 - stage.easy))
    order = rng.permutation(np.resize(rng.permutation(ready), len(x)))
    size, spare = stage.size, stage.drawn - stage.size
    for start in range(0, len(x) - recipe.batch_size + 1, recipe.batch_size):
        chosen = order[start : start + recipe.batch_size]
        out = np.empty((len(chosen), size, size, 3), np.float32)
        for number, picture in enumerate(x[chosen]):
            top, left = rng.integers(0, spare + 1, 2)
            piece = picture[top : top + size, left : left + size]
            piece = np.rot90(piece, int(rng.integers(4)))
            piece = piece[:, ::-1] if rng.random() < 0.5 else piece
            out[number] = piece[..., rng.permutation(3)] if rng.random() < 0.3 else piece
        gain = rng.uniform(0.8, 1.2, (len(chosen), 1, 1, 3)).astype(np.float32)
        yield np.clip(out * (gain / 127.5) - 1, -1, 1), y[chosen]


def build(recipe: Pretraining) -> Any:
    """Return the classifier to be trained: backbone, average, one dense layer."""
    import keras

    base = keras.applications.MobileNetV2(
        input_shape=(None, None, 3), include_top=False, weights=None, alpha=0.35, pooling="avg"
    )
    rng = np.random.default_rng(recipe.seed)
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = 0.95  # that of Keras Applications needs thousands of steps
        elif isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
            height, width, channels, _ = layer.kernel.shape
            if isinstance(layer, keras.layers.DepthwiseConv2D):
                channels = 1  # of those that an output is computed from
            scale = math.sqrt(2 / (height * width * channels))  # He et al., 2015
            layer.kernel.assign(rng.normal(0, scale, layer.kernel.shape))
    # Features are all positive: without their mean, the head's first steps are not mere noise.
    centre = keras.layers.BatchNormalization(momentum=0.95, center=False, scale=False)
    head = keras.layers.Dense(len(scenes.KINDS), kernel_initializer="zeros", name="head")
    return keras.Sequential([base, centre, head])


def compile_model(model: Any, stage: Stage, steps: int) -> None:
    """Give a model its loss and its optimizer."""
    import keras

    rate = keras.optimizers.schedules.CosineDecay(
        stage.peak / 20,
        decay_steps=steps * (stage.epochs - 1),
        warmup_target=stage.peak,
        warmup_steps=steps,
    )
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=False,  # on a CPU XLA slows these small convolutions down
    )


def settle_statistics(model: Any, shown: Iterator[tuple[np.ndarray, np.ndarray]]) -> None:
    """Make the statistics of batch normalisation the plain average over some batches."""
    import keras

    base, centre, _ = model.layers
    layers = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    layers.append(centre)
    usual = [layer.momentum for layer in layers]
    for number, (images, _) in enumerate(shown):
        for layer in layers:
            layer.momentum = number / (number + 1)
        model(images, training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum


def main(argv: list[str]) -> int:
    """Train the embedded backbone and write it.

    Parameters
    ----------
    argv : list of str
        The arguments after ``python3 -m course_utils record embedded_backbone``.

    Returns
    -------
    int
        The exit status: 0 when it is written, 3 when there are epochs left.
    """
    parser = argparse.ArgumentParser(
        prog="python3 -m course_utils record embedded_backbone",
        description="Make the embedded backbone anew, from pictures that are drawn for it.",
    )
    parser.add_argument(
        "--minutes",
        type=float,
        default=math.inf,
        help="begin no epoch later than this; run again to go on",
    )
    limit = time.monotonic() + 60 * parser.parse_args(argv).minutes
    from course_utils.machine import describe, set_up

    recipe = Pretraining()
    set_up(seed=recipe.seed)
    import keras

    from course_utils.models.backbones import EMBEDDED

    facts = json.dumps([asdict(recipe), list(scenes.KINDS)])
    folder = cache_home() / "course_utils" / "pretraining" / _digest(facts.encode())
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "model.keras"
    log: list[dict[str, Any]] = _read(folder / "log.json") or []
    model = keras.models.load_model(kept) if log else build(recipe)
    for number, stage in enumerate(recipe.stages):
        x, y, drawing_seconds = _pictures(folder / f"pictures-{number}.npy", recipe, number)
        steps = len(x) // recipe.batch_size
        if len(log) == number:
            names = ("seconds", "processor_seconds", "loss", "accuracy")
            log.append({"drawing_seconds": drawing_seconds} | {name: [] for name in names})
            compile_model(model, stage, steps)
        for epoch in range(len(log[number]["loss"]), stage.epochs):
            if time.monotonic() > limit:
                print(f"{epoch} of {stage.epochs} epochs are done; run it again to go on.")
                return 3
            start, started, found = time.perf_counter(), time.process_time(), []
            with progress(f"Epoch {epoch + 1}", steps) as show:
                for images, labels in batches(x, y, recipe, stage, epoch):
                    found.append(model.train_on_batch(images, labels))
                    show(len(found))
            loss, accuracy = np.mean(found, axis=0)
            now = {
                "seconds": round(time.perf_counter() - start, 1),
                "processor_seconds": round(time.process_time() - started, 1),
                "loss": round(float(loss), 4),
                "accuracy": round(float(accuracy), 4),
            }
            print(now, flush=True)
            for name, value in now.items():
                log[number][name].append(value)
            with whole_file(kept) as part:
                model.save(part)
            write_json(folder / "log.json", log)

    settle_statistics(model, batches(x[::8], y[::8], recipe, stage, epoch=GRADES + stage.easy))
    new, labels = draw_pictures(stage, 40, [recipe.seed, 2 * number + 1])
    edge = (stage.drawn - stage.size) // 2
    new = new[:, edge : edge + stage.size, edge : edge + stage.size]
    answers = model.predict(new / np.float32(127.5) - 1, batch_size=64, verbose=0).argmax(1)
    base = model.layers[0]
    content = {weight.path: np.array(weight.numpy(), np.float16) for weight in base.weights}
    file = EMBEDDED / "mobilenet-v2.npz"
    with whole_file(file) as part:
        np.savez_compressed(part, **content)  # type: ignore[arg-type]

    about = {
        "command": "python3 -m course_utils record embedded_backbone",
        "date": date.today().isoformat(),
        "machine": describe(),
        "recipe": asdict(recipe),
        "kinds": list(scenes.KINDS),
        "training": log,
        "accuracy_on_new_pictures": round(float(np.mean(answers == labels)), 4),
    }
    about["sha256"] = hashlib.sha256(file.read_bytes()).hexdigest()
    write_json(file.with_suffix(".json"), about)
    about["transfer"] = transfer_gain()
    write_json(file.with_suffix(".json"), about)
    print(json.dumps({key: about[key] for key in ("accuracy_on_new_pictures", "transfer")}))
    return 0


def transfer_gain(image_size: int = 160, seeds: tuple[int, ...] = (0, 1, 2)) -> dict[str, Any]:
    """Measure what the embedded backbone is worth on the stand-in photographs.

    Parameters
    ----------
    image_size : int, default 160
    seeds : tuple of int
        Of the random backbones that it is compared with.

    Returns
    -------
    dict
        For each backbone the accuracy of logistic regression on its frozen features, on the
        photographs outside ``train``, with its 95 % interval.
    """
    import keras
    from scipy.stats import binomtest
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from course_utils.data import stand_in_photographs
    from course_utils.models.backbones import embedded_backbone, random_backbone

    folder, shape = stand_in_photographs.folder(), (image_size, image_size, 3)
    backbones = {"embedded": embedded_backbone(input_shape=shape)}
    backbones |= {f"random {seed}": random_backbone(input_shape=shape, seed=seed) for seed in seeds}
    parts = {
        part: keras.utils.image_dataset_from_directory(
            folder / part, image_size=shape[:2], shuffle=False, verbose=False
        )
        for part in stand_in_photographs.COUNTS
    }
    result: dict[str, Any] = {"image_size": image_size}
    for name, backbone in backbones.items():
        pool = keras.layers.GlobalAveragePooling2D()
        inputs = keras.Input(shape)
        maps = backbone.model(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs))
        extract = keras.Model(inputs, pool(maps))
        found = {
            part: (
                extract.predict(images, verbose=0),
                np.concatenate([labels.numpy() for _, labels in images]),
            )
            for part, images in parts.items()
        }
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
        linear.fit(*found.pop("train"))
        right = int(sum((linear.predict(x) == y).sum() for x, y in found.values()))
        n = sum(len(y) for _, y in found.values())
        interval = binomtest(right, n).proportion_ci(method="wilson")
        result[name] = [round(float(number), 4) for number in (right / n, *interval)]
    return result


def _pictures(path: Path, recipe: Pretraining, number: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the pictures of a stage, drawn now or earlier, and how long drawing took."""
    start = time.perf_counter()
    try:
        x = np.load(path)
        y = np.repeat(np.arange(len(scenes.KINDS)), recipe.pictures)
    except (OSError, ValueError):
        stage = recipe.stages[number]
        x, y = draw_pictures(stage, recipe.pictures, [recipe.seed, 2 * number])
        with whole_file(path) as part:
            np.save(part, x)
    return x, y, round(time.perf_counter() - start, 1)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
