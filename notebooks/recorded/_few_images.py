"""What notebooks 13 and 14 record: the lab's network on few images, which it soon knows by heart."""

import keras
from _fashion_mnist import DEFAULTS, trained
from keras import layers

from course_utils.costs import to_keras, zoo

# The lab's CNN without batch norm, on few images: nothing regularises it.
PLAIN = DEFAULTS | {
    "images": 1_000,
    "standardize": False,
    "batch_size": 32,
    "epochs": 40,
    "peak": 0.002,
    "warm_up": False,
    "validation": 1_000,  # look at the first so many validation images after each epoch
    "l2": 0.0,  # so many times the sum of the squared weights, biases excepted
    "weight_decay": 0.0,
    "dropout": 0.0,  # of the inputs of the dense layer
    "patience": None,  # epochs without a lower validation loss, then back to the lowest
    "augmentation": [],  # names in AUGMENTATIONS
}

AUGMENTATIONS = {  # for pixels from 0 to 1
    "mirrored": lambda: layers.RandomFlip("horizontal"),
    "upside down": lambda: layers.RandomFlip("vertical"),
    "shifted": lambda: layers.RandomTranslation(2 / 28, 2 / 28, fill_mode="constant"),
    "rotated": lambda: layers.RandomRotation(10 / 360, fill_mode="constant"),
    "zoomed": lambda: layers.RandomZoom(0.1, fill_mode="constant"),
    "contrast": lambda: layers.RandomContrast(0.3, value_range=(0, 1)),
    "noise": lambda: layers.GaussianNoise(0.1),
}
SEEN = 40_000  # images, again and again: the same for all
SIZES = {
    f"{images:,}": {"images": images, "epochs": SEEN // images}
    for images in (500, 1_000, 2_000, 4_000)
}


def network(setting: dict) -> keras.Model:
    """Return the lab's CNN, behind its augmentation and with its penalties."""
    net = to_keras(zoo.lab_cnn(batch_norm=False, dropout=setting["dropout"]))
    if setting["l2"]:
        for layer in net.layers:
            if hasattr(layer, "kernel"):
                layer.kernel.regularizer = keras.regularizers.L2(setting["l2"])
    return keras.Sequential([*(AUGMENTATIONS[name]() for name in setting["augmentation"]), net])


def train(setting: dict, seed: int) -> dict:
    """Train in one call of ``fit``, with patience if it is asked for."""
    epochs, patience = setting["epochs"], setting["patience"]
    # Patience that is longer than the training never stops it.
    stop = keras.callbacks.EarlyStopping(
        patience=patience or epochs, restore_best_weights=patience is not None
    )
    result = trained(network(setting), setting, lambda x: [x], epochs=epochs, callbacks=[stop])
    if patience is not None:  # the history ends where the weights are from
        best = slice(stop.best_epoch + 1)
        result["history"] = {name: values[best] for name, values in result["history"].items()}
        result["validation"] = result["history"]["val_accuracy"][-1]
    return result
