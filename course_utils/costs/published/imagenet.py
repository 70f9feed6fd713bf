"""What is published of networks: accuracy on ImageNet and after transfer, work, winners."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from course_utils.costs.published.tables import read
from course_utils.costs.table import Shown, Table

if TYPE_CHECKING:
    import pandas as pd

_FOLDER = Path(__file__).parent / "literature"


@dataclass(frozen=True)
class Application:
    """A network of Keras Applications and its published accuracy on ImageNet, in percent.

    ``source`` says where that stands, ``second_top1`` what another place says; the letters are in
    the table's sources. ``a100_ms`` are milliseconds on an A100 GPU as printed; the page says
    "batch size 32", which cannot be in float32. ``torchvision_g`` and ``timm_g`` are billion
    multiply-adds of one image as two libraries for PyTorch print them; what each of them counts is
    in the file's head.
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

        Examples
        --------
        >>> applications()["MobileNetV2 0.35"].settings
        {'weights': None, 'input_shape': (224, 224, 3), 'alpha': 0.35}
        """
        size = {"weights": None, "input_shape": (self.pixels, self.pixels, 3)}
        return size if self.alpha is None else {**size, "alpha": self.alpha}


@dataclass(frozen=True)
class Winner:
    """A winner of the ImageNet challenge in classification."""

    year: int
    team: str
    network: str
    convnet: bool
    top5_error: float  # percent
    outside_data: float | None  # the same with training images from elsewhere
    source: str


T = TypeVar("T", bound=Application | Winner)


@dataclass(frozen=True, repr=False)
class Literature(Shown, Sequence[T], Generic[T]):
    """Published numbers: ``print`` gives a table, Jupyter HTML, ``to_frame`` pandas.

    An index is a position, a slice, or a name (``"ResNet50"``, for winners ``"SENet"``).
    """

    title: str
    conventions: str  # how its numbers are counted
    sources: dict[str, str]  # what each letter in the column ``source`` stands for
    items: tuple[T, ...]

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, str):
            names = (i.model if isinstance(i, Application) else i.network for i in self.items)
            rows = dict(zip(names, self.items, strict=True))
            if at not in rows:
                known = ", ".join(rows)
                raise KeyError(f"there is no {at!r} in {self.title!r}; there is {known}.")
            return rows[at]
        return replace(self, items=self.items[at]) if isinstance(at, slice) else self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def table(self) -> Table:
        """Return all columns that are not empty, and the sources that they name."""
        names = [field.name.replace("_", " ") for field in fields(self.items[0])]
        rows = [map(_text, asdict(item).values()) for item in self.items]
        columns = zip(names, zip(*rows, strict=True), strict=True)
        kept = {name: texts for name, texts in columns if any(texts)}
        numbers = {at for at, texts in enumerate(kept.values()) if all(map(_is_number, texts))}
        used = {text for name in kept if name.endswith("source") for text in kept[name]}
        notes = [f"{self.conventions[0].upper()}{self.conventions[1:]}."]
        notes += [f"{key}: {text}." for key, text in self.sources.items() if key in used]
        body = list(zip(*kept.values(), strict=True))
        return Table(self.title, list(kept), body, numbers, notes)

    def to_frame(self) -> pd.DataFrame:
        """Return a pandas data frame, with the year of each paper."""
        import pandas as pd

        rows = [{**asdict(item), "year": item.year} for item in self.items]
        return pd.DataFrame(rows).set_index("model" if "model" in rows[0] else "year")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else escape(str(value))


def _is_number(text: str) -> bool:
    return not text or text.replace(".", "").isdigit()


@cache
def applications() -> Literature[Application]:
    """Return the published accuracies of Keras Applications.

    Examples
    --------
    >>> print(applications()[5:6])  # doctest: +ELLIPSIS
    Accuracy of the Keras Applications on ImageNet
    model     function  pixels       arxiv  top1  top5 ...
    >>> applications()["ConvNeXtTiny"].year
    2022
    """
    return _read("keras_applications", Application)


@cache
def winners() -> Literature[Winner]:
    """Return the winners of the ImageNet challenge, 2010 to 2017.

    Examples
    --------
    >>> winners()["AlexNet"].top5_error
    16.4
    """
    return _read("imagenet_winners", Winner)


def transferred() -> pd.DataFrame:
    """Return how well ten networks do on eight other data sets after fine-tuning, as published.

    A row for each network is named as in :func:`applications` where Keras has it. ``top1`` is what
    its weights reach on ImageNet; each other column is a data set. Percent.

    Notes
    -----
    You et al., "LogME: Practical assessment of pre-trained models for transfer learning", ICML
    2021; the table is in github.com/thuml/Transfer-Learning-Library, examples/model_selection.

    Examples
    --------
    >>> transferred().loc["ResNet50", ["top1", "pets"]].to_list()
    [76.13, 92.5]
    """
    import pandas as pd

    return pd.read_csv(_FOLDER / "transferred.csv", comment="#", index_col="model")


def _read(name: str, kind: type[T]) -> Literature[T]:
    head, records = read(_FOLDER / f"{name}.csv")
    kinds = {field.name: str(field.type) for field in fields(kind)}
    items = [kind(**{key: _value(text, kinds[key]) for key, text in r.items()}) for r in records]
    sources = {key[-1]: text for key, text in head.items() if key.startswith("source ")}
    return Literature(head["title"], head["conventions"], sources, tuple(items))


def _value(text: str, kind: str) -> Any:
    if kind.endswith("None") and not text:
        return None
    if kind == "bool":
        return text == "yes"
    read: dict[str, type] = {"str": str, "int": int, "float": float}
    return read[kind.removesuffix(" | None")](text)
