"""The lab's network in training: Keras's plain `fit` against what a user would take instead.

Each way trains in a process of its own, in turns. All of them have the same network, Adam at the
same rate, and the 60,000 images of Fashion-MNIST as float32 in memory. The rate is that of an
epoch after a first, short one, which also compiles.
"""

import importlib.util
import time
from collections.abc import Callable, Iterator
from statistics import median

import numpy as np
from contest import Row, best, compare, fresh

RATE, EPOCHS, GOAL = 1e-3, 12, 0.9
FEW = 12_800  # images in the timed epoch
AIMS = {"fit, batch 32": 1.4, "eager loop, batch 128": 2.5, "PyTorch, batch 128": 0.75}
Epoch = Callable[[np.ndarray, np.ndarray], object]  # trains on these images once
Classify = Callable[[np.ndarray], np.ndarray]


def with_keras(batch: int, loop: str = "fit") -> tuple[Epoch, Classify]:
    """Keras's own loop, or one with GradientTape: eager, or as one graph for each step."""
    import keras

    from course_utils.costs import to_keras, zoo

    keras.utils.set_random_seed(0)
    model = to_keras(zoo.lab_cnn(use_bias=False))
    optimizer = keras.optimizers.Adam(RATE)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer, loss, metrics=["accuracy"])

    def classify(x: np.ndarray) -> np.ndarray:
        return model.predict(x, batch_size=500, verbose=0)

    if loop == "fit":
        return lambda x, y: model.fit(x, y, batch_size=batch, verbose=0), classify
    import tensorflow as tf

    optimizer.build(model.trainable_variables)

    def step(x: tf.Tensor, y: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=True))
        gradients = tape.gradient(value, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)

    step = tf.function(step) if loop == "compiled" else step

    def epoch(x: np.ndarray, y: np.ndarray) -> None:
        dataset = tf.data.Dataset.from_tensor_slices((x, y)).shuffle(len(x)).batch(batch)
        for pair in dataset.prefetch(tf.data.AUTOTUNE):
            step(*pair)

    return epoch, classify


def with_torch(batch: int) -> tuple[Epoch, Classify]:
    """The same network and loop in plain PyTorch."""
    import torch
    from torch import nn

    torch.manual_seed(0)
    layers = []
    for channels, filters in ((1, 16), (16, 32)):
        layers.append(nn.Conv2d(channels, filters, 5, padding=2, bias=False))
        layers += [nn.BatchNorm2d(filters), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(1568, 10))
    optimizer, loss = torch.optim.Adam(model.parameters(), RATE), nn.CrossEntropyLoss()

    def epoch(x: np.ndarray, y: np.ndarray) -> None:
        model.train()
        images, labels = torch.from_numpy(x).permute(0, 3, 1, 2), torch.from_numpy(y)
        for some in torch.randperm(len(x)).split(batch):
            optimizer.zero_grad()
            loss(model(images[some]), labels[some]).backward()
            optimizer.step()

    def classify(x: np.ndarray) -> np.ndarray:
        model.eval()
        with torch.no_grad():
            parts = torch.from_numpy(x).permute(0, 3, 1, 2).split(500)
            return torch.cat([model(part) for part in parts]).numpy()

    return epoch, classify


WAYS: dict[str, Callable[[], tuple[Epoch, Classify]]] = {
    "fit, batch 128": lambda: with_keras(128),
    "fit, batch 32": lambda: with_keras(32),
    "eager loop, batch 128": lambda: with_keras(128, "eager"),
    "tf.function loop, batch 128": lambda: with_keras(128, "compiled"),
    "PyTorch, batch 128": lambda: with_torch(128),
}


def photographs() -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Give Fashion-MNIST's two parts, standardised."""
    from course_utils.data import fashion_mnist

    data = fashion_mnist()
    mean, deviation = data.x_train.mean(), data.x_train.std()
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        yield ((x - mean) / deviation).astype("float32"), y


def images_per_second(way: str) -> float:
    """Train one epoch on some images, after a first, short one."""
    (x, y), _ = photographs()
    epoch, _ = WAYS[way]()
    epoch(x[:1280], y[:1280])
    return FEW / best(lambda: epoch(x[:FEW], y[:FEW]))


def seconds_to_goal(way: str) -> float:
    """Train until 90 % of the test images are right after an epoch; infinite if that fails.

    Looking at the test images is not timed. (Here they only stop a clock; nothing is chosen.)
    """
    (x, y), (x_test, y_test) = photographs()
    epoch, classify = WAYS[way]()
    seconds = 0.0
    for _ in range(EPOCHS):
        start = time.perf_counter()
        epoch(x, y)
        seconds += time.perf_counter() - start
        if np.mean(classify(x_test).argmax(axis=1) == y_test) >= GOAL:
            return seconds
    return float("inf")


def share_of_peak(images: float) -> str:
    """Say how much of the machine's speed in matrix products a rate is."""
    import tensorflow as tf

    from course_utils.costs import zoo

    side = 2048
    square = tf.random.normal((side, side))
    peak = 2 * side**3 / best(lambda: (square @ square).numpy(), 5)
    flops = 3 * 2 * zoo.lab_cnn().totals.macs * images  # forward, and twice as much backward
    return f"{flops / 1e9:.0f} GFLOP/s, {flops / peak:.0%} of this machine's matrix products"


def rows(rounds: int) -> Iterator[Row]:
    def ask(what: str, way: str, **environment: str) -> Callable[[], float]:
        return lambda: fresh(f"import training; print(training.{what}({way!r}))", **environment)

    plain = "fit, batch 128"
    backends = [name for name in ("jax", "torch") if importlib.util.find_spec(name)]
    ways = [way for way in WAYS if "PyTorch" not in way or "torch" in backends]
    sides = {way: ask("images_per_second", way) for way in ways}
    for name in backends:
        sides[f"fit on {name}, batch 128"] = ask("images_per_second", plain, KERAS_BACKEND=name)
    found = list(compare(rounds, "train the lab's network", sides, "images/s", aims=AIMS))
    yield from found
    rate = median(one for one, _ in found[0].values)
    print(f"{plain} does {share_of_peak(rate)}", flush=True)
    goal = {way: ask("seconds_to_goal", way) for way in ways if "loop" not in way}
    yield from compare(rounds, "train it to 90 % of the test", goal, "s")
