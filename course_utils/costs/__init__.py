"""The shape and cost calculator: pure Python, no framework, instant.

    >>> from course_utils.costs import zoo
    >>> zoo.lenet5().totals.params
    61706

``from_keras`` and ``to_keras`` load Keras the first time they are used; nothing else does.
"""

from typing import TYPE_CHECKING

from course_utils.costs import zoo
from course_utils.costs.layer import CostError, Layer
from course_utils.costs.layers import (
    RBF,
    Activation,
    Add,
    BatchNormalization,
    ChannelPadding,
    Concatenate,
    Dense,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LocalResponseNormalization,
    Multiply,
    Opaque,
    ReLU,
    Reshape,
    ZeroPadding2D,
)
from course_utils.costs.network import Memory, Network, Row, Totals
from course_utils.costs.windows import (
    AveragePooling2D,
    Conv2D,
    DepthwiseConv2D,
    MaxPooling2D,
    SeparableConv2D,
    Subsampling2D,
)
from course_utils.lazy import on_first_use

if TYPE_CHECKING:
    from course_utils.costs.keras_bridge import from_keras, to_keras

__getattr__, *_ = on_first_use(__name__, {"keras_bridge": ("from_keras", "to_keras")})
