"""Exercises of notebook 19: choosing an architecture."""

from course_utils.classroom.choices import Explain
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value
from course_utils.classroom.varies import varying
from course_utils.costs import zoo
from course_utils.costs.published import imagenet
from course_utils.models.records import recorded

_BYTES = 4  # a weight in float32
_MEGABYTES = 20
_MOST = _MEGABYTES * 1_000_000 // _BYTES

_COSTS = {run["setting"]["network"]: run["result"] for run in recorded("19_costs")["runs"]}
_WHOLE, _BODY = _COSTS["VGG16"]["params"], _COSTS["VGG16"]["backbone_params"]
_SMALL_FEATURES = _COSTS["MobileNetV3Small"]["features"]

_VGG16 = zoo.vgg16().totals.macs
_A100 = imagenet.applications()["VGG16"].a100_ms or 0.0
_BATCH = 32


def _tera(operations: float) -> float:
    """Return TFLOP/s if so many operations take the printed time."""
    return operations / (_A100 / 1000) / 1e12


_RATE = _tera(2 * _VGG16 * _BATCH)


_SMALL, _LARGE = 224, 448
_FACTOR = (_LARGE // _SMALL) ** 2


def _features(images: int = 300, epochs: int = 30, milliseconds: int = 35) -> Value:
    seconds = images * milliseconds / 1000
    return Value(
        "choosing.features",
        question=f"A frozen network takes {milliseconds} ms for an image. You train a new head on "
        f"{images} images for {epochs} epochs, and keep what the frozen network has given for "
        "each image. For how many seconds does the frozen network run?",
        answer=seconds,
        why=f"{images} * {milliseconds} ms = {seconds:g} s: once for each image. The "
        f"{epochs} epochs train the head alone.",
        next_step="What does a frozen network give for the same image in the second epoch?",
        mistakes=[
            (
                seconds * epochs,
                "That is anew in each epoch. A frozen network gives the same again: keep it.",
            ),
            (seconds * 1000, "Those are milliseconds."),
            (seconds * 3, "A backward pass is not needed: it is frozen."),
        ],
        tolerance=1e-6,
    )


UNIT = 19
EXERCISES = (
    Value(
        "choosing.head",
        question=f"VGG-16 has {_WHOLE:,} weights, and {_BODY:,} of them are below its head (three "
        "dense layers). You take its features only. Which share of its weights do you need, in "
        "percent?",
        answer=100 * _BODY / _WHOLE,
        why=f"{_BODY:,} / {_WHOLE:,} = {_BODY / _WHOLE:.1%}: the rest is in the head, which knew "
        "the 1,000 classes of ImageNet.",
        next_step="You need the weights below the head. Divide them by all of them.",
        mistakes=[
            (100 * (1 - _BODY / _WHOLE), "That is the share that you throw away."),
            (_BODY / _WHOLE, "As a fraction, yes. In percent?"),
            (100 * _WHOLE / _BODY, "The other way round: the part over the whole."),
        ],
        tolerance=0.01,
    ),
    Value(
        "choosing.vector",
        question="Build keras.applications.MobileNetV3Small without its head, with pooling='avg', "
        "weights=None and images of 128 x 128 pixels, and let it look at five images. How many "
        "features does each image get?",
        answer=_SMALL_FEATURES,
        why=f"The last layer has {_SMALL_FEATURES} maps, and the average of each is one feature, "
        "whatever the size of the image.",
        next_step="Print the shape of what predict_on_batch returns. Its second number, after the "
        "five images, is wanted.",
        mistakes=[
            (1000, "Those are the classes of ImageNet: leave the head away, include_top=False."),
            (5, "That is the number of images. How many numbers does each of them get?"),
            (5 * _SMALL_FEATURES, "That is for all five images together."),
            (4 * 4 * _SMALL_FEATURES, "That is every place of every map: use pooling='avg'."),
            (1280, "That is MobileNetV2."),
        ],
    ),
    Value(
        "choosing.decide",
        question="You have 300 photographs and keep the backbone frozen, on your own laptop. Which "
        "of these three need not be in your budget: latency, weights or accuracy?",
        answer="latency",
        why="Each photograph goes through the frozen network once. Even the slowest network of "
        "Keras is done with 300 of them in minutes.",
        next_step="A frozen network gives the same features each time. How often does it have to "
        "look at each photograph?",
        mistakes=[
            ("weights", "They have to be downloaded, and have to fit into memory."),
            ("accuracy", "It is what you are looking for, so it cannot be left out."),
        ],
    ),
    Value(
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
    Value(
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
    varying(
        _features,
        images=(200, 300, 400, 600, 700),
        epochs=(20, 30, 40),
        milliseconds=(15, 25, 35, 45),
    ),
    Value(
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
    Code(
        "choosing.front",
        question="Write a function `front(costs, accuracies)`: the numbers, as a list, of the "
        "networks that no other one beats. A network is beaten if another one costs no more and is "
        "at least as accurate, and is better in one of the two.",
        program="""
def front(costs, accuracies):
    found = []
    for i in range(len(costs)):
        beaten = any(
            costs[j] <= costs[i]
            and accuracies[j] >= accuracies[i]
            and (costs[j] < costs[i] or accuracies[j] > accuracies[i])
            for j in range(len(costs))
        )
        if not beaten:
            found.append(i)
    return found
""",
        cases=lambda np: [
            ([1, 2, 3], [70, 80, 75]),
            ([5, 1, 3, 4, 3], [90, 60, 80, 80, 70]),
            ([2, 2, 2], [70, 70, 60]),
        ],
        wrong=[
            (
                "and (costs[j] < costs[i] or accuracies[j] > accuracies[i])",
                "and j != i",
                "Two that are equal do not beat each other.",
            ),
            ("if not beaten", "if beaten", "Those are the ones that are beaten."),
            (
                "            costs[j] <= costs[i]\n            and accuracies",
                "            accuracies",
                "A network that costs more does not beat a cheaper one.",
            ),
            (
                "costs[j] <= costs[i]\n            and accuracies[j] >= accuracies[i]",
                "costs[j] < costs[i]\n            and accuracies[j] > accuracies[i]",
                "As accurate and cheaper is enough to beat, and so is the other way round.",
            ),
            (
                "accuracies[j] >= accuracies[i]",
                "accuracies[j] <= accuracies[i]",
                "More accurate is better: the sign of one comparison.",
            ),
            ("found.append(i)", "found.append(costs[i])", "Their numbers in the list, not costs."),
        ],
        steps=["For each network, look at all others: does one beat it?", "any(...) helps."],
        why="Only among these is there a choice; the others are worse in every way.",
    ),
    Explain(
        "choosing.why_not_best",
        question="Why is the network with the highest accuracy on ImageNet not always the one to "
        "take?",
        model="Because it may be too large or too slow for the device, and because a point more on "
        "ImageNet does not have to be one on your photographs: that has to be measured.",
        ideas={
            "cost": r"slow|large|cost|memory|device|phone|time|latency|big|expensive|budget",
            "your own photographs": r"own|your|my|other|task|data|photograph|measur|transfer",
        },
        step="What else is in your budget? And are your photographs those of ImageNet?",
    ),
)
