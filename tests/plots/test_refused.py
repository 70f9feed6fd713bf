"""What cannot be drawn is refused, in words that say why."""

from pathlib import Path

import numpy as np

from course_utils import costs, plots
from tests import golden
from tests.plots.test_diagram import TANGLE


def test_what_cannot_be_drawn_is_refused():
    drawing = {name: getattr(plots, name) for name in plots.__all__}
    names = vars(costs) | drawing | {"np": np, "TANGLE": TANGLE}
    golden.refused(Path(__file__).with_name("refused.txt"), names)
