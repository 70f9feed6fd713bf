"""What transfer is worth: the ladder of notebooks 16 and 17, recorded with several seeds.

Each rung trains as the visible cells of notebook 16 do. Everything is scored on the 15 % of the
official training photographs that Keras holds out; the sealed test is read only by the settings
``final`` and ``final head``, which stand behind all by which anything was chosen.
"""

import keras
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from course_utils.data import clothes
from course_utils.models.recording import main

BATCH = 32
TOP = "block_13"  # the first of the layers that are the top


def photographs(size, per_class=None, seed=0):
    """Return pixels and labels: learned from, and held out."""
    folder = clothes()
    if folder.is_stand_in:
        raise SystemExit("The photographs of clothes are needed: python3 -m course_utils download")
    parts = keras.utils.image_dataset_from_directory(
        folder.train,
        image_size=(size, size),
        batch_size=None,
        validation_split=0.15,
        subset="both",
        seed=0,
        verbose=False,
    )
    (x, y), held_out = [arrays(part) for part in parts]
    if per_class:  # another draw of images for each seed
        rng = np.random.default_rng(seed)
        some = [rng.permutation(np.flatnonzero(y == k))[:per_class] for k in np.unique(y)]
        x, y = x[np.concatenate(some)], y[np.concatenate(some)]
    return (x, y), held_out


def arrays(dataset):
    """Return all pixels and labels of a dataset; as bytes, they are a quarter of the size."""
    images, labels = zip(*dataset.as_numpy_iterator(), strict=True)
    return np.stack([np.rint(image).astype("uint8") for image in images]), np.array(labels)


def sealed_test(size):
    """Return the photographs of the official validation and test parts, in a fixed order."""
    folder = clothes()
    how = {"image_size": (size, size), "batch_size": None, "shuffle": False, "verbose": False}
    parts = [
        arrays(keras.utils.image_dataset_from_directory(part, **how))
        for part in (folder.validation, folder.test)
    ]
    return tuple(np.concatenate(pair) for pair in zip(*parts, strict=True))


def backbone(size, weights):
    """Return MobileNetV2 without its classifier."""
    inputs = keras.Input((size, size, 3))
    return keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_tensor=inputs, weights=weights
    )


def classifier(base, classes, augmented, scaled=True):
    """Return notebook 16's model: augmentation, preprocessing, backbone, pooling, head."""
    inputs = keras.Input(base.input_shape[1:])
    x = inputs
    if augmented:
        x = keras.layers.RandomFlip("horizontal")(x)
    if augmented and augmented != "mirror":
        x = keras.layers.RandomTranslation(0.1, 0.1)(x)
        x = keras.layers.RandomZoom(0.2)(x)
    if scaled:
        x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = base(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, name="head")(x))


def free(base, first, batch_norm_learns=False):
    """Let the layers from one on learn, batch normalisation held unless it is asked for."""
    base.trainable = True
    reached = False
    for layer in base.layers:
        reached = reached or layer.name.startswith(first)
        norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = reached and (batch_norm_learns or not norm)


def fit(model, data, rate, epochs, cosine=False):
    """Compile and train; nothing is chosen on the way, the last epoch counts."""
    x, y = data
    if cosine:
        rate = keras.optimizers.schedules.CosineDecay(rate, epochs * -(-len(x) // BATCH))
    adam = keras.optimizers.Adam(rate)
    adam.build(model.trainable_variables)  # or Keras compiles the step twice
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(adam, loss, metrics=[keras.metrics.SparseCategoricalAccuracy("accuracy")])
    model.fit(x, y, batch_size=BATCH, epochs=epochs, verbose=0)


def graded(answers, y):
    """Return the accuracy, and what was answered: a digit for each photograph."""
    return {"accuracy": float(np.mean(answers == y)), "answers": "".join(map(str, answers))}


def score(model, data, mirrored=False):
    """Grade a model, also on the mean of what it says to a photograph and its mirror image."""
    x, y = data
    logits = model.predict(x, verbose=0)
    result = graded(logits.argmax(axis=1), y)
    if mirrored:
        turned = model.predict(x[:, :, ::-1], verbose=0)
        chances = keras.ops.softmax(logits) + keras.ops.softmax(turned)
        result["with_mirror"] = float(np.mean(np.asarray(chances).argmax(axis=1) == y))
    return result


def train(setting, seed):
    """Do one training; ``setting["rung"]`` says which."""
    rung, size = setting["rung"], setting.get("size", 96)
    data, held_out = photographs(size, setting.get("per_class"), seed)
    if setting.get("whole"):  # everything is chosen, so nothing needs to be held out
        data = tuple(np.concatenate(both) for both in zip(data, held_out, strict=True))
    classes = int(held_out[1].max()) + 1
    if rung == "most frequent":
        return {"accuracy": float(np.mean(held_out[1] == np.bincount(data[1]).argmax()))}
    keras.utils.set_random_seed(seed)
    if rung == "scratch":
        return from_scratch(size, classes, data, held_out, setting["epochs"])
    if rung.startswith("features"):
        weights = None if rung == "features, random" else "imagenet"
        extract = classifier(backbone(size, weights), classes, augmented=False).layers[:-2]
        extract = keras.Sequential(extract)
        linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=1000))
        linear.fit(extract.predict(data[0], verbose=0), data[1])
        return graded(linear.predict(extract.predict(held_out[0], verbose=0)), held_out[1])
    return transferred(setting, size, classes, data, held_out)


def transferred(setting, size, classes, data, held_out):
    """Head first, then the top, then all: as far as the rung goes."""
    rung, wrong = setting["rung"], setting.get("wrong")
    base = backbone(size, "imagenet")
    base.trainable = False
    augmented = setting.get("augmented", True)
    model = classifier(base, classes, augmented, scaled=wrong != "pixels never scaled")
    if wrong != "head not trained first":
        fit(model, data, 1e-3, setting["head"])
    result = {}
    if setting.get("top"):
        free(base, TOP)
        fit(model, data, 3e-4, setting["top"])
    if setting.get("all"):
        free(base, "Conv1", batch_norm_learns=wrong == "batch normalisation learns")
        rate = 1e-2 if wrong == "rate too large" else setting.get("rate", 5e-4)
        fit(model, data, rate, setting["all"], cosine=True)
    used = model
    if wrong == "pixels not scaled in use":
        used = classifier(base, classes, augmented=False, scaled=False)
        used.get_layer("head").set_weights(model.get_layer("head").get_weights())
    if not setting.get("whole"):
        result |= score(used, held_out, mirrored=rung.startswith("final"))
    result["training"] = score(used, data)["accuracy"]
    if rung.startswith("final"):
        test = sealed_test(size)
        result["test"] = score(model, test, mirrored=True)
    return result


def from_scratch(size, classes, data, held_out, epochs):
    """Train random weights, then score them with two sets of moving statistics."""
    base = backbone(size, None)
    model = classifier(base, classes, augmented=False)
    fit(model, data, 1e-3, epochs, cosine=True)
    result = {"as it is": score(model, held_out)["accuracy"]}
    # Batch normalisation's momentum is 0.999 here: after a thousand steps a third of the moving
    # statistics are still the first guess. So they are measured again, and nothing else learns.
    norms = [la for la in base.layers if isinstance(la, keras.layers.BatchNormalization)]
    for step, start in enumerate(range(0, len(data[0]), BATCH)):
        for norm in norms:
            norm.momentum = step / (step + 1)  # the mean over all batches, the guess forgotten
        model(data[0][start : start + BATCH].astype("float32"), training=True)
    model = keras.Model(model.inputs, model.outputs)
    return result | score(model, held_out) | {"training": score(model, data)["accuracy"]}


LADDER = [
    {"rung": "most frequent", "seeds": (0,)},
    {"rung": "features, random"},
    {"rung": "features, ImageNet"},
    {"rung": "head", "augmented": False, "head": 6},
    {"rung": "head, augmented", "head": 6},
    {"rung": "top", "head": 6, "top": 4},
    {"rung": "all", "head": 6, "all": 8},
]
# By which the rate of the last rung was chosen, and larger photographs for the second recipe.
RATES = [{"rung": "all", "head": 6, "all": 8, "rate": rate} for rate in (2e-4, 1e-3)]
LARGER = [
    {"rung": "all", "size": 224, "augmented": augmented, "head": 3, "all": epochs, "rate": 4e-4}
    for augmented, epochs in ((False, 8), ("mirror", 8), ("mirror", 12))
]
THREE = {"seeds": (0, 1, 2)}  # in the place of five
PLAIN = [
    {"rung": "top", "augmented": False, "head": 6, "top": 4},
    {"rung": "all", "augmented": False, "head": 6, "all": 8},
]
SCRATCH = {"rung": "scratch", "epochs": 8}
FEW = [
    setting | {"per_class": number}
    for number, epochs in ((10, 20), (30, 15), (100, 8))
    for setting in (
        {"rung": "head", "augmented": False, "head": epochs},
        {"rung": "top", "augmented": False, "head": epochs, "top": epochs},
        {"rung": "all", "augmented": False, "head": epochs, "all": epochs},
        {"rung": "all", "head": epochs, "all": epochs} | THREE,
        {"rung": "scratch", "epochs": 2 * epochs} | THREE,  # as many as head and all together
    )
]
MISTAKES = [
    {"rung": "all", "wrong": wrong, "augmented": False, "per_class": 30, "head": 15, "all": 15}
    for wrong in ("rate too large", "batch normalisation learns", "head not trained first")
] + [
    {"rung": "head", "wrong": wrong, "augmented": False, "per_class": 30, "head": 15}
    for wrong in ("pixels never scaled", "pixels not scaled in use")
]
# Without augmentation, which on the held-out photographs had brought nothing; and, later, the best
# of the larger ones.
FINAL = [
    {"rung": "final", "size": 160, "augmented": False, "head": 3, "all": 10},
    {"rung": "final head", "size": 160, "augmented": False, "head": 8},
    LARGER[-1] | {"rung": "final, larger", "whole": True},
]
SETTINGS = [
    *LADDER,
    SCRATCH,
    *FINAL,
    *[setting | {"seeds": (0,)} for setting in RATES],
    *[setting | {"seeds": (0, 1)} for setting in LARGER],
    *[setting | THREE for setting in MISTAKES],
    *FEW,
    *PLAIN,
]

if __name__ == "__main__":
    raise SystemExit(main(__file__, train, SETTINGS, quick={"per_class": 10, "size": 96}))
