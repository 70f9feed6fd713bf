"""What each of the Keras Applications wants done to the pixels, put inside the model.

A network that was trained on pixels from -1 to 1 and is given pixels from 0 to 255 answers
nonsense, without an error. With the step inside the model it cannot be forgotten: not in training,
not in the cache of features, not where the saved model is used.
"""

import re
from typing import Literal

import keras

Kind = Literal["own", "-1 to 1", "standardised", "BGR"]

# Names that the functions of keras.applications give their models; the first that fits counts.
_KINDS: tuple[tuple[str, Kind], ...] = (
    ("efficientnet|convnext|mobilenetv3", "own"),
    ("densenet", "standardised"),
    (r"xception|inception_|nasnet|mobilenet_|mobilenetv2|resnet\d+v2", "-1 to 1"),
    (r"vgg|resnet\d+", "BGR"),
)
_MEAN = (0.485, 0.456, 0.406)  # of ImageNet's pixels, red, green, blue, from 0 to 1
_DEVIATION = (0.229, 0.224, 0.225)
_MEAN_BGR = (103.939, 116.779, 123.68)  # from 0 to 255, as Caffe's networks have it


def preprocessing_kind(backbone: keras.Model) -> Kind:
    """Say what a network of Keras Applications wants done to pixels from 0 to 255.

    Parameters
    ----------
    backbone : keras.Model
        As a function of ``keras.applications`` returns it; its name says which it is.

    Returns
    -------
    str
        ``"own"``: nothing, it brings its own layers for that (EfficientNet, EfficientNetV2,
        ConvNeXt, MobileNetV3). ``"-1 to 1"``: divide and shift (Xception, Inception,
        Inception-ResNet, NASNet, MobileNet, MobileNetV2, ResNetV2). ``"standardised"``: each
        colour to mean 0 and standard deviation 1 over ImageNet (DenseNet). ``"BGR"``: blue first,
        minus ImageNet's mean (VGG, ResNet).

    Raises
    ------
    ValueError
        If it is none of them, or one that was built without its own preprocessing.

    Examples
    --------
    >>> preprocessing_kind(keras.applications.MobileNetV2(weights=None, alpha=0.35))
    '-1 to 1'
    """
    name = backbone.name.lower()
    kind = next((kind for pattern, kind in _KINDS if re.match(pattern, name)), None)
    if kind is None:
        raise ValueError(
            f"{backbone.name!r} is no name that Keras Applications give: say what it wants with "
            "with_preprocessing(backbone, kind=...)"
        )
    layers = (keras.layers.Rescaling, keras.layers.Normalization)
    if kind == "own" and not any(isinstance(layer, layers) for layer in backbone.layers[:3]):
        raise ValueError(
            f"{backbone.name!r} was built without its preprocessing: leave "
            "include_preprocessing=False away"
        )
    return kind


def with_preprocessing(backbone: keras.Model, kind: Kind | None = None) -> keras.Model:
    """Return a model that takes pixels from 0 to 255 and does what the backbone wants itself.

    Parameters
    ----------
    backbone : keras.Model
        Of Keras Applications. Its weights are shared, not copied.
    kind : str, optional
        One of those that :func:`preprocessing_kind` tells of; by default what that says.

    Returns
    -------
    keras.Model
        Images (n, height, width, 3), red first, to what the backbone gives. It has the backbone's
        name with ``_from_pixels`` added.

    Raises
    ------
    ValueError
        As for :func:`preprocessing_kind`.

    Examples
    --------
    >>> base = keras.applications.MobileNetV2(
    ...     weights=None, include_top=False, input_shape=(32, 32, 3), alpha=0.35)
    >>> [layer.name for layer in with_preprocessing(base).layers]
    ['pixels', 'preprocessing', 'mobilenetv2_0.35_32']
    """
    inputs = keras.Input(backbone.input_shape[1:], name="pixels")
    outputs = backbone(preprocess(inputs, kind or preprocessing_kind(backbone)))
    return keras.Model(inputs, outputs, name=f"{backbone.name}_from_pixels")


def preprocess(pixels: keras.KerasTensor, kind: Kind) -> keras.KerasTensor:
    """Put the layers of one kind of preprocessing behind a symbolic input."""
    if kind == "own":
        return pixels
    if kind == "-1 to 1":
        return keras.layers.Rescaling(1 / 127.5, offset=-1, name="preprocessing")(pixels)
    if kind == "standardised":
        layer = keras.layers.Rescaling(
            [1 / (255 * deviation) for deviation in _DEVIATION],
            offset=[-mean / deviation for mean, deviation in zip(_MEAN, _DEVIATION, strict=True)],
            name="preprocessing",
        )
        return layer(pixels)
    if kind == "BGR":
        offset = [-mean for mean in _MEAN_BGR]
        layer = keras.layers.Rescaling(1.0, offset=offset, name="preprocessing")
        return layer(keras.ops.flip(pixels, axis=-1))
    raise ValueError(f"kind must be 'own', '-1 to 1', 'standardised' or 'BGR', not {kind!r}")
