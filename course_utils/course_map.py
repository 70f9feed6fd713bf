"""The map of the course: its notebooks in teaching order, and which of them are here."""

from dataclasses import dataclass
from pathlib import Path

_NOTEBOOKS = Path(__file__).resolve().parents[1] / "notebooks"

# Name of the notebook, title, the question it answers.
_STATIONS = (
    ("00_start_here", "Start here", "Is this machine ready, and how does the course work?"),
    ("01_images_and_convolution", "Images and convolution", "What does a convolution compute?"),
    (
        "02_sizes_channels_pooling",
        "Sizes, channels, pooling",
        "Which shape comes out of a layer, and what can one value see?",
    ),
    (
        "03_lenet5_parameter_counting",
        "LeNet-5, counted",
        "How many weights does a ConvNet have, and why so few?",
    ),
    (
        "04_how_a_network_learns",
        "How a network learns",
        "Where do the numbers in a kernel come from?",
    ),
    ("05_fashion_mnist_lab", "The Fashion-MNIST lab", "How far do two convolutions get?"),
    (
        "06_filters_and_feature_maps",
        "Filters and feature maps",
        "What has a ConvNet learned to see?",
    ),
    (
        "07_alexnet",
        "AlexNet: counting the cost",
        "What does a large network cost, and in which layers does the cost sit?",
    ),
    (
        "08_vgg",
        "VGG: memory and FLOPs",
        "What does depth cost, in prediction and in training?",
    ),
    ("09_inception", "Inception", "How does a network grow deeper and cost less?"),
    (
        "10_batch_normalisation",
        "Batch normalisation",
        "What keeps the values in a deep network in order, and what is that good for?",
    ),
    ("11_resnets", "ResNets", "Why do plain networks stop improving when they grow deeper?"),
    ("12_after_resnet", "After ResNet", "How can a network be better without being larger?"),
    (
        "13_regularisation",
        "Regularisation",
        "What helps against overfitting, and how much?",
    ),
    (
        "14_data_augmentation",
        "Data augmentation",
        "Which changes keep the label, and what do they bring?",
    ),
    (
        "15_transfer_learning_principles",
        "Transfer learning: principles",
        "Which layers should one take over, and how far back should one train?",
    ),
    (
        "16_transfer_learning_with_keras_applications",
        "Transfer learning: Keras Applications",
        "How well do a few hundred images do with a pretrained network?",
    ),
    (
        "17_what_transfer_is_worth",
        "What transfer is worth",
        "What does each step of transfer learning bring, and how sure is that?",
    ),
    (
        "18_explaining_a_prediction",
        "Explaining a prediction",
        "Does the network look at the garment, or at the bed?",
    ),
    (
        "19_choosing_an_architecture",
        "Choosing an architecture",
        "Which backbone for my photographs?",
    ),
)


@dataclass(frozen=True)
class Station:
    """One notebook of the course.

    Attributes
    ----------
    name : str
        The file's name without ``.ipynb``; its first two digits are the notebook's number.
    title, question : str
        What it is called, and the question it answers.
    """

    name: str
    title: str
    question: str

    @property
    def number(self) -> str:
        """The two digits that the notebook is called by."""
        return self.name[:2]

    @property
    def exists(self) -> bool:
        """Whether the notebook is in this checkout."""
        return (_NOTEBOOKS / f"{self.name}.ipynb").exists()


class CourseMap(tuple[Station, ...]):
    """The course's stations; prints as a table, in Jupyter with a link to each that is here."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(
            f"{station.number}  {station.title:<38}{'' if station.exists else 'planned: '}"
            f"{station.question}"
            for station in self
        )

    def _repr_markdown_(self) -> str:
        rows = ["| | Notebook | Its question |", "| --- | --- | --- |"]
        for station in self:
            title = f"[{station.title}]({station.name}.ipynb)"
            if not station.exists:
                title = f"{station.title} *(planned)*"
            rows.append(f"| {station.number} | {title} | {station.question} |")
        return "\n".join(rows)


def course_map() -> CourseMap:
    """Return the notebooks of the course in teaching order.

    Returns
    -------
    CourseMap
        A tuple of :class:`Station`; whether each exists is read from the folder.

    Examples
    --------
    >>> course_map()[0].title
    'Start here'
    """
    return CourseMap(Station(*station) for station in _STATIONS)
