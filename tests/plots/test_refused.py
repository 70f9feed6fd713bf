"""What cannot be drawn is refused, in words that say why."""

from pathlib import Path

import keras
import numpy as np

from course_utils import costs, plots
from tests import golden
from tests.plots.test_diagram import TANGLE

MODEL = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()], name="model")


def test_what_cannot_be_drawn_is_refused():
    drawing = {name: getattr(plots, name) for name in plots.__all__}
    names = vars(costs) | drawing | {"np": np, "TANGLE": TANGLE, "MODEL": MODEL}
    golden.refused(Path(__file__).with_name("refused.txt"), names)
