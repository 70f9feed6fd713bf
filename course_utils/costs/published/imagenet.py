"""What is published of networks: accuracy on ImageNet and after transfer, work, winners."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course_utils.costs.published.tables import _read_csv

if TYPE_CHECKING:
    import pandas as pd

_FOLDER = Path(__file__).parent / "literature"


@dataclass(frozen=True)
class _Application:
    """A network of Keras Applications and its published accuracy on ImageNet, in percent.

    ``source`` says where that stands, ``second_top1`` what another place says. ``a100_ms`` are
    milliseconds on an A100 GPU as printed; the page says "batch size 32", which cannot be in
    float32. ``torchvision_g`` and ``timm_g`` are billion multiply-adds of one image as two
    libraries for PyTorch print them. The head of ``literature/keras_applications.csv`` has what the
    letters of the sources stand for, and what each column counts.
    """

    model: str
    function: str  # of ``keras.applications``
    alpha: float | None  # its width multiplier if it is not the default
    pixels: int  # side of the image, in training of the published weights and in the test
    arxiv: str
    top1: float
    top5: float | None
    weights_m: float  # millions, as printed; the calculator knows them exactly
    a100_ms: float | None
    pretraining: str  # what it had learned before ImageNet's 1,000 classes, if anything
    source: str
    second_top1: float | None
    second_source: str
    torchvision_g: float | None
    timm_g: float | None

    @property
    def year(self) -> int:
        """Year of the paper's first version, from its number."""
        return 2000 + int(self.arxiv[:2])

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments for the Keras function that builds it without weights.

        >>> applications()["MobileNetV2 0.35"].settings
        {'weights': None, 'input_shape': (224, 224, 3), 'alpha': 0.35}
        """
        size = {"weights": None, "input_shape": (self.pixels, self.pixels, 3)}
        return size if self.alpha is None else {**size, "alpha": self.alpha}


@dataclass(frozen=True)
class _Winner:
    """A winner of the ImageNet challenge in classification."""

    year: int
    team: str
    network: str
    convnet: bool
    top5_error: float  # percent
    outside_data: float | None  # the same with training images from elsewhere
    source: str


class _Applications(dict[str, _Application]):
    """The networks by name, in the order of Keras's table; ``to_frame`` gives pandas."""

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas data frame, with the year of each paper."""
        import pandas as pd

        rows = [{**asdict(item), "year": item.year} for item in self.values()]
        return pd.DataFrame(rows).set_index("model")


@cache
def applications() -> _Applications:
    """Return the published accuracies of Keras Applications.

    >>> applications()["ConvNeXtTiny"].year
    2022
    """
    return _Applications({item.model: item for item in _read("keras_applications", _Application)})


@cache
def winners() -> tuple[_Winner, ...]:
    """Return the winners of the ImageNet challenge, 2010 to 2017.

    >>> winners()[2].network, winners()[2].top5_error
    ('AlexNet', 16.4)
    """
    return tuple(_read("imagenet_winners", _Winner))


def transferred() -> pd.DataFrame:
    """Return how well ten networks do on eight other data sets after fine-tuning, as published.

    A row for each network is named as in :func:`applications` where Keras has it. ``top1`` is what
    its weights reach on ImageNet; each other column is a data set. Percent.

    You et al., "LogME: Practical assessment of pre-trained models for transfer learning", ICML
    2021; the table is in github.com/thuml/Transfer-Learning-Library, examples/model_selection.

    >>> transferred().loc["ResNet50", ["top1", "pets"]].to_list()
    [76.13, 92.5]
    """
    import pandas as pd

    return pd.read_csv(_FOLDER / "transferred.csv", comment="#", index_col="model")


def _read(name: str, entry: Any) -> list[Any]:
    _, lines = _read_csv(_FOLDER / f"{name}.csv")
    types = {field.name: str(field.type) for field in fields(entry)}
    return [entry(**{key: _value(text, types[key]) for key, text in r.items()}) for r in lines]


def _value(text: str, declared: str) -> Any:
    readers: dict[str, Any] = {"str": str, "int": int, "float": float, "bool": "yes".__eq__}
    return readers[declared.removesuffix(" | None")](text) if text or declared == "str" else None
