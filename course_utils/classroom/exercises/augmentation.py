"""Exercises of unit 14: data augmentation."""

from course_utils.classroom.choices import Choose, Explain
from course_utils.classroom.programs import Code
from course_utils.classroom.value import Value

_SHIFT = 2
_PLACES = (2 * _SHIFT + 1) ** 2
_VERSIONS = 2 * _PLACES

UNIT = 14
EXERCISES = (
    Value(
        "augmentation.versions",
        question=f"Each time an image is shown, it is mirrored or not, and shifted by up to "
        f"{_SHIFT} whole pixels up or down and left or right. How many versions of it are there?",
        answer=_VERSIONS,
        why=f"2 * {2 * _SHIFT + 1} * {2 * _SHIFT + 1} = {_VERSIONS}, with the image as it is.",
        next_step="Count the shifts in one direction, nought among them. Both directions and the "
        "mirror are chosen independently.",
        mistakes=[
            (_PLACES, "Those are the shifts. Each may be mirrored, too."),
            (2 * (2 * _SHIFT) ** 2, "No shift at all is a possibility, too."),
            (2 * (_SHIFT + 1) ** 2, "Shifts go both ways: left and right, up and down."),
            (2 * _SHIFT**2, "Shifts go both ways, and no shift is a possibility, too."),
            (2 * (2 * _SHIFT + 1), "That is one direction. The other one is chosen independently."),
            (2 * 2 * (2 * _SHIFT + 1), "Choices that are independent multiply."),
            (2 + _PLACES, "Choices that are independent multiply."),
            (_VERSIONS - 1, "One is missing: the image as it is counts, too."),
        ],
    ),
    Code(
        "augmentation.mirror",
        question="Write a function `mirror(images)`: each image of a batch of shape (images, "
        "height, width, channels), with left and right exchanged.",
        program="""
def mirror(images):
    return images[:, :, ::-1]
""",
        cases=lambda np: [
            (np.arange(24).reshape(2, 2, 3, 2),),
            (np.arange(36).reshape(1, 3, 4, 3),),
        ],
        wrong=[
            ("[:, :, ::-1]", "[:, ::-1]", "That exchanges top and bottom: the second axis."),
            ("[:, :, ::-1]", "[::-1]", "That reverses the order of the images."),
            ("[:, :, ::-1]", "[..., ::-1]", "That exchanges the colours: the last axis."),
            ("[:, :, ::-1]", "[:, ::-1, ::-1]", "That is a half turn. Top and bottom stay."),
            (
                "images[:, :, ::-1]",
                "images.transpose(0, 2, 1, 3)",
                "That exchanges rows and columns: a turned image.",
            ),
            ("images[:, :, ::-1]", "images", "Nothing has changed."),
        ],
        steps=["Which of the four axes goes from left to right?", "a[:, ::-1] reverses axis 1."],
        why="Shape and label stay, and it is a new image to the network.",
    ),
    Code(
        "augmentation.shift",
        question="Write a function `shift(image, right)`: an image with two axes, moved `right` "
        "pixels to the right. What leaves on the right is gone; what comes in is 0. `right` is 0 "
        "or more.",
        program="""
def shift(image, right):
    result = np.zeros_like(image)
    result[:, right:] = image[:, : image.shape[1] - right]
    return result
""",
        cases=lambda np: [
            (np.arange(1, 13).reshape(3, 4), 1),
            (np.arange(1, 11).reshape(2, 5), 3),
            (np.arange(1, 7).reshape(2, 3), 0),
        ],
        wrong=[
            (
                "    result[:, right:] = image[:, : image.shape[1] - right]",
                "    result = np.roll(image, right, axis=1)",
                "np.roll lets what leaves on the right come in again on the left.",
            ),
            (
                "    result[:, right:] = image[:, : image.shape[1] - right]",
                "    result[right:] = image[: image.shape[0] - right]",
                "That moves it down. Columns are the second axis.",
            ),
            (
                "    result[:, right:] = image[:, : image.shape[1] - right]",
                "    result[:, : image.shape[1] - right] = image[:, right:]",
                "That moves it to the left.",
            ),
            (
                "    result[:, right:] = image[:, : image.shape[1] - right]",
                "    result[:, right:] = image[:, :-right]",
                "With right = 0 there is no pixel left: [:-0] is empty.",
            ),
            (
                "    result[:, right:] = image[:, : image.shape[1] - right]",
                "    result[:, right:] = image[:, right:]",
                "The pixels stay where they are, and some become 0.",
            ),
        ],
        steps=["Begin with zeros.", "Which columns of the image come to stand in which?"],
        why="The shape stays, and a garment at another place is the same garment.",
    ),
    Choose(
        "augmentation.digits",
        question="Which augmentation spoils a set of handwritten digits?",
        choices={
            "a shift by two pixels": "A 7 stays a 7.",
            "a turn by 180 degrees": "A 6 becomes a 9, and keeps the label 6: a wrong label.",
            "a little more contrast": "Dark strokes stay dark strokes.",
            "a turn by 5 degrees": "People write that crooked, too.",
        },
        right="B",
        step="After which of them may the label be wrong?",
    ),
    Choose(
        "augmentation.when",
        question="When are random changes made to an image?",
        choices={
            "in training only": "The network learns from changed images, and is judged on real "
            "ones.",
            "in training and validation": "Then the validation number depends on chance, and is "
            "not "
            "about real images.",
            "once, before training": "Then each image is changed in one way for ever. New changes "
            "in each epoch give more.",
            "only on the test": "That measures something else than what you want to know.",
        },
        right="A",
        step="On which images do you want to know how good it is?",
    ),
    Explain(
        "augmentation.why",
        question="Why does it help to show a network mirrored and shifted images?",
        model="Because the label stays the same while the pixels change, so the network cannot "
        "remember single images, and learns that place and side do not matter.",
        ideas={
            "the label stays": r"label|class|same|still|matter",
            "it cannot remember single images": r"memor|remember|overfit|more (data|images)|"
            r"general|different|new",
        },
        step="What changes, and what stays?",
    ),
)
