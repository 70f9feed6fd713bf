"""Exercises of notebook 11: choosing an architecture."""

from course_utils.classroom.exercise import Exercise
from course_utils.costs import zoo
from course_utils.costs.published import imagenet

_BYTES = 4  # a weight in float32
_MEGABYTES = 20
_MOST = _MEGABYTES * 1_000_000 // _BYTES

_VGG16 = zoo.vgg16().totals.macs
_A100 = imagenet.applications()["VGG16"].a100_ms or 0.0
_BATCH = 32


def _tera(operations: float) -> float:
    """Return TFLOP/s if so many operations take the printed time."""
    return operations / (_A100 / 1000) / 1e12


_RATE = _tera(2 * _VGG16 * _BATCH)

_IMAGES, _EPOCHS, _MILLISECONDS = 300, 30, 35
_SECONDS = _IMAGES * _MILLISECONDS / 1000

_SMALL, _LARGE = 224, 448
_FACTOR = (_LARGE // _SMALL) ** 2

EXERCISES = (
    Exercise(
        "choosing.phone.weights",
        question=f"An app may bring {_MEGABYTES} MB of weights with it, in float32. 1 MB is "
        "1,000,000 bytes. How many weights may its network have at most?",
        answer=_MOST,
        why=f"{_MEGABYTES} * 1,000,000 / {_BYTES} = {_MOST:,}: {_BYTES} bytes for each weight.",
        next_step="How many bytes does one number in float32 take?",
        mistakes=[
            (_MEGABYTES * 1_000_000, "Those are bytes. A weight in float32 takes more than one."),
            (_MEGABYTES * 1_000_000 // 32, "32 is the number of bits, and MB counts bytes."),
            (_MEGABYTES * 1_000_000 // 2, "That is for float16, two bytes for each weight."),
            (_MEGABYTES * 1_000_000 // 8, "That is for float64, eight bytes for each weight."),
            (_MEGABYTES * 2**20 // _BYTES, "That is for MiB, 1,048,576 bytes. Here 1 MB = 10^6."),
            (_MEGABYTES * 1_000_000 * _BYTES, "Divide by the bytes of a weight, not multiply."),
            (_MEGABYTES // _BYTES, "In millions, yes. Give the number of weights."),
        ],
    ),
    Exercise(
        "choosing.a100",
        question=f"Keras's page gives VGG-16 {_A100} ms on an A100, for batches of {_BATCH}. It "
        f"needs {_VGG16 / 1e9:.2f} billion multiply-adds for an image, and each is two operations. "
        "How many TFLOP/s (10^12 operations a second) would that be?",
        answer=_RATE,
        why=f"2 * {_VGG16 / 1e9:.2f}e9 * {_BATCH} / {_A100 / 1000:g} s = {_RATE:.0f} TFLOP/s.",
        next_step="Operations of the whole batch, divided by the seconds that it takes.",
        mistakes=[
            (_tera(_VGG16 * _BATCH), "A multiply-add is two operations: a product and a sum."),
            (_tera(2 * _VGG16), f"That is for one image. There are {_BATCH} in the batch."),
            (_tera(_VGG16), f"Two operations for a multiply-add, and {_BATCH} images."),
            (_RATE * 1e12, "In operations a second, yes. How many times 10^12?"),
            (_RATE / 1000, "The time is in milliseconds: 0.001 seconds each."),
        ],
        tolerance=0.02,
    ),
    Exercise(
        "choosing.features",
        question=f"A frozen network takes {_MILLISECONDS} ms for an image. You train a new head on "
        f"{_IMAGES} images for {_EPOCHS} epochs, and keep what the frozen network has given for "
        "each image. For how many seconds does the frozen network run?",
        answer=_SECONDS,
        why=f"{_IMAGES} * {_MILLISECONDS} ms = {_SECONDS:g} s: once for each image. The "
        f"{_EPOCHS} epochs train the head alone.",
        next_step="What does a frozen network give for the same image in the second epoch?",
        mistakes=[
            (
                _SECONDS * _EPOCHS,
                "That is anew in each epoch. A frozen network gives the same again: keep it.",
            ),
            (_SECONDS * 1000, "Those are milliseconds."),
            (_SECONDS * 3, "A backward pass is not needed: it is frozen."),
        ],
        tolerance=1e-6,
    ),
    Exercise(
        "choosing.side",
        question="A network of convolutions and a global pooling gets images of "
        f"{_LARGE} x {_LARGE} instead of {_SMALL} x {_SMALL}. How many times more multiply-adds do "
        "its convolutions need?",
        answer=_FACTOR,
        why=f"({_LARGE} / {_SMALL})^2 = {_FACTOR}: so many times more positions. The weights stay.",
        next_step="A convolution does the same at each position. How many positions are there?",
        mistakes=[
            (_LARGE // _SMALL, "That is along one side. An image has two."),
            (1, "Those are the weights: they stay. Each is used at more positions."),
            ((_LARGE // _SMALL) ** 3, "The number of channels stays. Only two sides grow."),
        ],
    ),
)
