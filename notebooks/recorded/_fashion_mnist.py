"""What the recorded runs on Fashion-MNIST share: their data, their training loop, what is kept."""

import math

import keras
import numpy as np

from course_utils.data import fashion_mnist

DEFAULTS = {
    "images": None,  # train on the first so many only
    "standardize": True,  # pixels to mean 0 and deviation 1; otherwise divided by 255
    "augment": False,
    "batch_size": 128,
    "epochs": 5,
    "optimizer": "adam",  # or "sgd", with a "momentum" of 0.9
    "peak": 0.004,  # the learning rate, or the highest one if it changes
    "warm_up": True,  # rise in a straight line during the first epoch
    "cosine": True,  # fall to zero along a cosine
}
QUICK = {"images": 2_000, "epochs": 2, "stand_in": True}


def variants(experiments: dict) -> list:
    """Return the settings of experiments, each a dictionary of variants."""
    return [
        {"experiment": experiment, "variant": variant, **setting}
        for experiment, settings in experiments.items()
        for variant, setting in settings.items()
    ]


def data_for(setting: dict) -> tuple:
    """Return the real data set, and the images to train on with their labels."""
    data = fashion_mnist()
    if data.is_stand_in and not setting.get("stand_in"):
        raise SystemExit("The real data are needed: python3 -m course_utils download fashion-mnist")
    return data, data.x_train[: setting["images"]], data.y_train[: setting["images"]]


def trained(network: keras.Model, setting: dict, shown=None, **options) -> dict:
    """Train a network as a setting says, and look at the test images once.

    ``shown`` turns the training images into those of each call of ``fit``, by default one call for
    each epoch; ``options`` are further ones for ``fit``.
    """
    data, x, y = data_for(setting)
    seen = slice(setting.get("validation"))
    model = compiled(network, setting, x)
    history: dict = {}
    for images in shown(x) if shown else [x] * setting["epochs"]:
        now = model.fit(
            images,
            y,
            batch_size=setting["batch_size"],
            validation_data=(data.x_val[seen], data.y_val[seen]),
            verbose=0,
            **options,
        )
        for name, values in now.history.items():  # NaN is not JSON
            kept = [round(float(v), 4) if math.isfinite(v) else None for v in values]
            history[name] = history.get(name, []) + kept
    logits = model.predict(data.x_test, batch_size=500, verbose=0)
    both = logits + model.predict(data.x_test[:, :, ::-1], batch_size=500, verbose=0)
    return {
        "weights": model.count_params(),
        "validation": history["val_accuracy"][-1],
        "test": float(np.mean(logits.argmax(axis=1) == data.y_test)),
        "test with mirrored": float(np.mean(both.argmax(axis=1) == data.y_test)),
        "history": history,
    }


def compiled(network: keras.Model, setting: dict, x: np.ndarray) -> keras.Model:
    """Return a network for pixels from 0 to 255, ready to be trained on these images."""
    mean, std = (x.mean(), x.std()) if setting["standardize"] else (0, 255)
    rescaling = keras.layers.Rescaling(1 / std, offset=-mean / std)
    model = keras.Sequential([keras.Input(x.shape[1:]), rescaling, network])
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    steps = math.ceil(len(x) / setting["batch_size"])
    model.compile(optimizer(setting, steps), loss, metrics=["accuracy"])
    return model


def optimizer(setting: dict, steps: int) -> keras.Optimizer:
    """Return the optimizer, with a learning rate for so many steps in an epoch."""
    rate, epochs = setting["peak"], setting["epochs"]
    if setting["warm_up"]:  # and then fall
        rate = keras.optimizers.schedules.CosineDecay(
            0.0, (epochs - 1) * steps, warmup_target=rate, warmup_steps=steps
        )
    elif setting["cosine"]:
        rate = keras.optimizers.schedules.CosineDecay(rate, epochs * steps)
    if setting["optimizer"] == "sgd":
        return keras.optimizers.SGD(rate, momentum=setting.get("momentum", 0.9))
    decay = setting.get("weight_decay") or None
    adam = keras.optimizers.Adam(rate, weight_decay=decay)
    if decay:  # Loshchilov and Hutter 2019, arXiv:1711.05101
        adam.exclude_from_weight_decay(var_names=["bias"])
    return adam
