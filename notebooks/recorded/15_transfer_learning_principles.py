"""Networks h_S that know letters, clothes or nothing, and what each is worth for a small T.

One training makes one h_S and, from it, every h_T of notebook 15. The seed decides everything that
is random: the first weights, the order of the images, and which images T has. Each h_T is trained
at several rates. All accuracies are kept: those on validation images, by which the notebook chooses
the rate, and those on test images, which it reports.

    python3 -m course_utils record 15_transfer_learning_principles --jobs 2
"""

from functools import cache

import keras
import numpy as np
from keras import layers

from course_utils.data import fashion_mnist, letters
from course_utils.models.recording import main

SETTINGS = [{"source": source} for source in ("letters", "clothes", "nothing")]

CYRILLIC = "ЦЧШЩЪЫЬЭЮЯ"
RARE, OTHERS = (4, 5, 6, 9), (0, 1, 2, 3, 7, 8)  # classes of Fashion-MNIST: for T, and for S

LAYERS = ("conv1", "conv2", "conv3", "fc1", "head")
# What learns, and what of it is new, that is, begins with random weights.
PLANS = {
    "head": (("head",), ("head",)),
    "fc1": (("fc1", "head"), ("head",)),
    "new fc1": (("fc1", "head"), ("fc1", "head")),
    "conv3": (("conv3", "fc1", "head"), ("head",)),
    "custom": (("conv3", "fc1", "head"), ("conv3", "fc1", "head")),
    "all": (LAYERS, ("head",)),
}
STEPS = {10: 120, 100: 250, 1000: 500}  # by the images of each class

# Of the layers that were taken over and of the new ones. Where nothing that was taken over learns,
# there is one rate.
MILD_AND_BOLD = ((0.001, 0.01), (0.003, 0.03), (0.01, 0.01), (0.03, 0.03))
ONE_RATE = ((0.01, 0.01), (0.03, 0.03), (0.1, 0.1))
OTHER_RATES = ((0.0001, 0.0001), (0.001, 0.001), (0.001, 0.1), (0.1, 0.01))


def train(setting: dict, seed: int) -> dict:
    """Make one h_S and every h_T."""
    source = setting["source"]
    h_s = network({"letters": 26, "clothes": len(OTHERS), "nothing": 10}[source])
    result = {}
    if source != "nothing":
        x, y, x_val, y_val, *_ = images_of("S", source)
        optimizer = Rates(564, new=LAYERS)
        optimizer.begin(0, 0.04)
        learn(h_s, optimizer, x[:6000], y[:6000], 564, seed)
        result["h_S"] = accuracy(h_s, x_val, y_val)
    few, upper = ("head", "custom", "all"), ("fc1", "new fc1", "conv3")
    for each, plans in ((10, few), (100, few + upper), (1000, ("head", "all"))):
        plans = [plan for plan in plans if source != "nothing" or plan not in upper]
        result[f"{each}"] = {plan: transferred(h_s, source, plan, each, seed) for plan in plans}
    result["to clothes"] = {
        plan: transferred(h_s, source, plan, 10, seed, target="clothes") for plan in ("head", "all")
    }
    result["layers"] = linear_classifiers(h_s, seed)
    if source == "letters":
        result["other rates"] = {"all": transferred(h_s, source, "all", 100, seed, OTHER_RATES)}
    if source != "clothes":
        for part, each, steps in (
            ("four times the steps", 10, 4 * STEPS[10]),
            ("a quarter of the steps", 1000, STEPS[1000] // 4),
        ):
            result[part] = {"all": transferred(h_s, source, "all", each, seed, steps=steps)}
    return result


def transferred(h_s, source, plan, each, seed, rates=None, steps=None, target="letters") -> dict:
    """Train an h_T on a few images of each class, at each rate, and say how good it is."""
    learns, new = PLANS[plan]
    if source == "nothing":
        new = learns  # a random layer that learns is a new one
    rates = rates or (ONE_RATE if learns == new else MILD_AND_BOLD)
    steps = steps or STEPS[each]
    x, y, x_val, y_val, x_test, y_test = images_of("T", target)
    chosen = draw(y, each, seed)
    keras.utils.set_random_seed(1000 + seed)  # the same new weights for all plans
    h_t = network(len(set(y)))
    for name in LAYERS:
        if name not in new:
            h_t.get_layer(name).set_weights(h_s.get_layer(name).get_weights())
        h_t.get_layer(name).trainable = name in learns
    begin = h_t.get_weights()
    optimizer = Rates(steps, new)
    found = {}
    for old_rate, new_rate in rates:
        h_t.set_weights(begin)
        optimizer.begin(old_rate, new_rate)
        learn(h_t, optimizer, x[chosen], y[chosen], steps, seed)
        scores = {"validation": accuracy(h_t, x_val, y_val), "test": accuracy(h_t, x_test, y_test)}
        found[f"old {old_rate:g}, new {new_rate:g}"] = scores
    return found


def linear_classifiers(h_s: keras.Model, seed: int) -> dict:
    """Put a linear classifier on the features of each layer, for 30 images of each letter."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    x, y, x_val, y_val, x_test, y_test = images_of("T", "letters")
    chosen = draw(y, 30, seed)
    found = {}
    for layer in ("pixels", "conv1", "pool2", "pool3", "fc1"):
        part = h_s.layers[0] if layer == "pixels" else h_s.get_layer(layer)
        features = keras.Model(h_s.inputs, part.output)
        here, there, test = (
            np.reshape(features.predict(images, verbose=0), (len(images), -1))
            for images in (x[chosen], x_val, x_test)
        )
        found[layer] = {}
        for freedom in (0.001, 0.01, 0.1):
            svm = make_pipeline(StandardScaler(), LinearSVC(C=freedom, random_state=0))
            svm.fit(here, y[chosen])
            scores = {"validation": svm.score(there, y_val), "test": svm.score(test, y_test)}
            found[layer][f"C {freedom:g}"] = scores
    return found


class Rates(keras.optimizers.SGD):
    """Gradient descent with momentum in which old layers and new ones have their own rates.

    They are variables, so that one compiled network can be trained at one pair after another.
    """

    def __init__(self, steps: int, new: tuple) -> None:
        super().__init__(keras.optimizers.schedules.CosineDecay(1.0, steps), momentum=0.9)
        self.new = new
        self.old_rate = keras.Variable(0.0, trainable=False)
        self.new_rate = keras.Variable(0.0, trainable=False)

    def begin(self, old_rate: float, new_rate: float) -> None:
        """Forget all steps, and take these rates."""
        for variable in self.variables:
            variable.assign(keras.ops.zeros_like(variable))
        self.old_rate.assign(old_rate)
        self.new_rate.assign(new_rate)

    def apply(self, grads: list, trainable_variables: list) -> None:
        """Multiply each gradient by its layer's rate; the optimizer's own falls from 1 to 0."""
        grads = [
            grad * (self.new_rate if variable.path.split("/")[-2] in self.new else self.old_rate)
            for grad, variable in zip(grads, trainable_variables, strict=True)
        ]
        super().apply(grads, trainable_variables)


def network(classes: int) -> keras.Model:
    """Return the network of notebook 15, its weights random."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(16, 5, 2, padding="same", activation="relu", name="conv1"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv2"),
            layers.MaxPooling2D(name="pool2"),
            layers.Conv2D(32, 3, padding="same", activation="relu", name="conv3"),
            layers.MaxPooling2D(name="pool3"),
            layers.Flatten(),
            layers.Dense(64, activation="relu", name="fc1"),
            layers.Dense(classes, name="head"),
        ]
    )


def learn(model: keras.Model, optimizer: Rates, x, y, steps: int, seed: int) -> None:
    """Train for so many batches of 32, in one long epoch: an epoch's end costs time."""
    if not model.compiled:
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(optimizer, loss, steps_per_execution=20)
    rng = np.random.default_rng(seed)
    rounds = -(-steps * 32 // len(x))
    order = np.concatenate([rng.permutation(len(x)) for _ in range(rounds)])[: steps * 32]
    model.fit(x[order], y[order], batch_size=32, shuffle=False, verbose=0)


def accuracy(model: keras.Model, x, y) -> float:
    """Return the share of images that are named rightly."""
    parts = [model(part, training=False) for part in np.array_split(x.astype("float32"), 4)]
    named = np.argmax(np.concatenate([keras.ops.convert_to_numpy(p) for p in parts]), axis=1)
    return float(np.mean(named == y))


def draw(y, each: int, seed: int):
    """Return the numbers of so many images of each class."""
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(np.flatnonzero(y == c))[:each] for c in sorted(set(y))])


@cache
def images_of(role: str, kind: str) -> tuple:
    """Return the images and labels of S or T, for training, validation and test.

    Classes of clothes are numbered from 0; there are at most 1,000 to score on.
    """
    if kind == "clothes":
        data = fashion_mnist()
    else:
        data = letters(images=6_000) if role == "S" else letters(CYRILLIC, images=10_000, seed=1)
    if data.is_stand_in:
        raise SystemExit("This run needs the real Fashion-MNIST; only the stand-in is here.")
    parts = []
    for part in ("train", "val", "test"):
        x, y = getattr(data, f"x_{part}"), getattr(data, f"y_{part}")
        if kind == "clothes":
            classes = OTHERS if role == "S" else RARE
            kept = np.flatnonzero(np.isin(y, classes))[: None if part == "train" else 1000]
            x, y = x[kept], np.searchsorted(classes, y[kept])
        parts += [x, y]
    return tuple(parts)


if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, seeds=(0, 1, 2, 3, 4)))
