"""From a folder of photographs to a network's answers: the visible pipeline of unit 16.

Photographs a second, against reading them in plain Python, and against the limits: decoding alone,
and the network alone.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from contest import Row, compare

SIZE = 160


def rate(batches: Callable[[], Iterable[Any]], work: Callable[[Any], object] = len) -> float:
    """Return the photographs a second of one pass."""
    start, number = time.perf_counter(), 0
    for batch in batches():
        work(batch)
        number += len(batch)
    return number / (time.perf_counter() - start)


def in_python(files: list[Path]) -> Iterator[np.ndarray]:
    """Read photographs one after the other with PIL, in batches of 32."""
    from PIL import Image

    for start in range(0, len(files), 32):
        some = files[start : start + 32]
        pictures = [Image.open(file).convert("RGB").resize((SIZE, SIZE)) for file in some]
        yield np.stack([np.asarray(picture, "float32") for picture in pictures])


def rows(rounds: int) -> Iterator[Row]:
    import keras
    import tensorflow as tf

    from course_utils.data import clothes
    from course_utils.models import pretrained_weights

    photos = clothes()
    folder = photos.validation
    files = sorted(Path(folder).glob("*/*"))
    print(f"{photos}; {len(files)} of them are read here", flush=True)
    base = keras.applications.MobileNetV2(
        include_top=False,
        alpha=0.35,
        input_tensor=keras.Input((SIZE, SIZE, 3)),
        pooling="avg",
        weights=pretrained_weights().weights,
    )
    answer = tf.function(base, reduce_retracing=True)

    def dataset(batch: int = 32, size: int = SIZE) -> tf.data.Dataset:
        return keras.utils.image_dataset_from_directory(
            folder, labels=None, image_size=(size, size), batch_size=batch, verbose=False
        )

    def decode() -> tf.data.Dataset:
        paths = tf.data.Dataset.from_tensor_slices([str(file) for file in files])

        def pixels(path: tf.Tensor) -> tf.Tensor:
            return tf.io.decode_image(tf.io.read_file(path), 3, expand_animations=False)[None, 0, 0]

        return paths.map(pixels, num_parallel_calls=tf.data.AUTOTUNE)

    cached = dataset().cache()
    memory = [batch.numpy() for batch in dataset()]
    rate(lambda: memory, answer)  # compiled for both sizes of batch
    rate(lambda: cached)  # the first pass fills the cache
    read = "image_dataset_from_directory"
    both = "reading and network"
    sides = {
        read: lambda: rate(dataset),
        "PIL, one after the other": lambda: rate(lambda: in_python(files)),
        "decoding alone": lambda: rate(decode),
        "batch 8": lambda: rate(lambda: dataset(8)),
        "batch 128": lambda: rate(lambda: dataset(128)),
        "96 pixels": lambda: rate(lambda: dataset(size=96)),
        "224 pixels": lambda: rate(lambda: dataset(size=224)),
    }
    pairs = [(read, other) for other in list(sides)[1:]]
    sides |= {
        both: lambda: rate(dataset, answer),
        "PIL and network": lambda: rate(lambda: in_python(files), answer),
        "network alone": lambda: rate(lambda: memory, answer),
        "prefetch(), and network": lambda: rate(lambda: dataset().prefetch(2), answer),
        "cache(), second pass, and network": lambda: rate(lambda: cached, answer),
    }
    pairs += [(both, "PIL and network"), (both, "network alone")]
    pairs += [(other, both) for other in list(sides)[-2:]]
    yield from compare(rounds, f"photographs at {SIZE} pixels", sides, "photographs/s", pairs)
