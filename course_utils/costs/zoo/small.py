"""Networks for small grey images: LeNet-5 as taught and as published, and the lab's."""

from course_utils.costs.layer import Layer
from course_utils.costs.layers import RBF, Activation, BatchNormalization, Dense, Dropout, Flatten
from course_utils.costs.network import Network
from course_utils.costs.windows import AveragePooling2D, Conv2D, MaxPooling2D, Subsampling2D

# LeNet-5's table I (LeCun et al. 1998): the S2 maps that each of the 16 maps of C3 reads. Six
# maps read three neighbours, six read four, three read two pairs of neighbours, one reads all.
_C3_CONNECTIONS: tuple[tuple[int, ...], ...] = (
    *(tuple(sorted((i + k) % 6 for k in range(3))) for i in range(6)),
    *(tuple(sorted((i + k) % 6 for k in range(4))) for i in range(6)),
    *(tuple(sorted((i + k) % 6 for k in (0, 1, 3, 4))) for i in range(3)),
    tuple(range(6)),
)


def lenet5() -> Network:
    """Return LeNet-5 as it is taught today: full connections, average pooling, a dense head.

    >>> [row.params for row in lenet5().rows if row.params]
    [156, 2416, 48120, 10164, 850]
    >>> lenet5().row("pool2").receptive_field, lenet5().row("pool2").effective_stride
    (16, 4)
    """
    layers = [
        Conv2D(6, 5, activation="tanh", name="conv1"),
        AveragePooling2D(2, name="pool1"),
        Conv2D(16, 5, activation="tanh", name="conv2"),
        AveragePooling2D(2, name="pool2"),
        Flatten(name="flatten"),
        Dense(120, activation="tanh", name="fc1"),
        Dense(84, activation="tanh", name="fc2"),
        Dense(10, name="fc3"),
    ]
    return Network("LeNet-5 as taught", (32, 32, 1), layers)


def lenet5_1998() -> Network:
    """Return LeNet-5 as published: sparse C3, trainable subsampling, fixed output codes.

    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
    Recognition", Proc. IEEE 86(11), 1998, section II.B, figure 2 and table I.

    >>> [row.params for row in lenet5_1998().rows if row.params]
    [156, 12, 1516, 32, 48120, 10164]
    >>> lenet5_1998().totals.params
    60000
    """
    layers = [
        Conv2D(6, 5, name="c1"),
        Subsampling2D(2, activation="tanh", name="s2"),
        Conv2D(16, 5, connections=_C3_CONNECTIONS, name="c3"),
        Subsampling2D(2, activation="tanh", name="s4"),
        Conv2D(120, 5, activation="tanh", name="c5"),
        Flatten(name="flatten"),
        Dense(84, activation="tanh", name="f6"),
        RBF(10, name="output"),
    ]
    return Network("LeNet-5 (1998)", (32, 32, 1), layers)


def lab_cnn(
    filters: tuple[int, int] = (16, 32),
    *,
    use_bias: bool = True,
    batch_norm: bool = True,
    activation: str | None = "relu",
    pooling: str | None = "max",
    dropout: float = 0.0,
) -> Network:
    """Return the Fashion-MNIST lab's CNN: twice conv-BN-ReLU-pool, then one dense layer.

    The convolutions have biases or not; batch normalisation makes them pointless. For ablations one
    can leave out batch normalisation, leave out or replace the ReLU, and pool by ``"max"``,
    ``"average"``, ``"stride"`` (no pooling, convolutions of stride 2), or ``None`` (nothing in its
    place). ``dropout`` is the rate of one before the dense layer; 0 leaves it out.

    >>> lab_cnn().totals.params, lab_cnn(use_bias=False).totals.params
    (29130, 29082)
    """
    pools = {"max": MaxPooling2D, "average": AveragePooling2D, "stride": None, None: None}
    if pooling not in pools:
        raise ValueError(f"pooling must be one of {', '.join(map(str, pools))}, not {pooling!r}.")
    pool, strides = pools[pooling], 2 if pooling == "stride" else 1
    layers: list[Layer] = []
    for at, depth in enumerate(filters, start=1):
        layers.append(
            Conv2D(depth, 5, strides=strides, padding="same", use_bias=use_bias, name=f"conv{at}")
        )
        if batch_norm:
            layers.append(BatchNormalization(name=f"bn{at}"))
        if activation is not None:
            layers.append(Activation(activation, name=f"{activation}{at}"))
        if pool is not None:
            layers.append(pool(2, name=f"pool{at}"))
    layers.append(Flatten(name="flatten"))
    if dropout:
        layers.append(Dropout(dropout, name="dropout"))
    layers.append(Dense(10, name="fc"))
    return Network("Lab CNN", (28, 28, 1), layers)
