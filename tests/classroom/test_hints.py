"""Values: right answers in several spellings, and the hints that readers are likeliest to need."""

import keras
import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "right"),
    [
        ("alexnet_vgg.conv2.memory", "8,748"),
        ("alexnet_vgg.conv2.memory", 8750),
        ("alexnet_vgg.conv4.macs", "149,520,384"),
        ("alexnet_vgg.towers.weights", (5 * 5 * 48 + 1) * 256),
        ("alexnet_vgg.stack.saved", 22 * 256**2),
        ("alexnet_vgg.batch", 113),
        ("resnet.zero_block", 3),
        ("resnet.bottleneck.weights", "69,632"),
        ("resnet.separable.macs", 14 * 14 * (9 * 256 + 256 * 256)),
        ("resnet.vit.tokens", 24 * 24),
        ("transfer.maps", (4, 4, 1280)),
        ("transfer.maps", (None, 4, 4, 1280)),  # as Keras prints it
        ("transfer.momentum", 44.0),
        ("transfer.momentum", 100 * 0.999**820),
        ("transfer_principles.custom", 33_450 - 416 - 4_640),
        ("transfer_principles.spread", (0.8**2 + 0.4**2) ** 0.5),
        ("worth.undecided", "It is undecided."),
        ("choosing.a100", "236 TFLOP/s"),
        ("worth.momentum", 0.9953),
        ("worth.busy", 25),
    ],
)
def test_right_answers(key: str, right: object) -> None:
    assert check(key, right).correct


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("alexnet_vgg.conv2.memory", 8957.95, "1,000 bytes"),
        ("alexnet_vgg.conv2.memory", 16 * 27 * 27 * 192, "Those are values"),
        ("alexnet_vgg.conv2.memory", 2028, "behind the pooling"),
        ("alexnet_vgg.conv4.macs", 145_000_000, "what the table prints"),
        ("alexnet_vgg.conv4.macs", 145, "what the table prints"),
        ("alexnet_vgg.conv4.macs", 150, "How many exactly"),
        ("alexnet_vgg.conv4.macs", 2 * 149_520_384, "Those are flops"),
        ("alexnet_vgg.towers.weights", (5 * 5 * 96 + 1) * 256, "without the groups"),
        ("alexnet_vgg.towers.weights", 5 * 5 * 48 + 1, "one filter"),
        ("alexnet_vgg.towers.weights", 5 * 5 * 48, "the kernel of one filter"),
        ("alexnet_vgg.towers.weights", 5 * 5 * 96 + 1, "groups"),
        ("alexnet_vgg.towers.weights", 5 * 5 * 48 * 256, "bias is forgotten"),
        ("alexnet_vgg.towers.weights", (5 * 5 * 48 + 1) * 128, "Halved once too often"),
        ("alexnet_vgg.stack.saved", 9 * 256**2 * 3, "three of 3 x 3"),
        ("alexnet_vgg.stack.saved", 44.9, "percent"),
        ("alexnet_vgg.stack.saved", 0.449, "share"),
        ("alexnet_vgg.conv4.macs", 149.5, "in millions"),
        ("alexnet_vgg.conv4.macs", 49_840_128, "two sides"),
        ("alexnet_vgg.stack.saved", 7 * 256**2, "against one of 5 x 5"),
        ("alexnet_vgg.stack.saved", 40 * 256**2, "with weights of its own"),
        ("alexnet_vgg.batch", 140, "also need room"),
        ("alexnet_vgg.batch", 104, "Adam"),
        ("alexnet_vgg.batch", 103, "1,024"),
        ("alexnet_vgg.batch", 114, "the input, is left out"),
        ("inception.bottleneck.widest", 255, "not free"),
        ("inception.bottleneck.widest", 232, "too wide"),
        ("inception.flat_head.weights", 1_025_000, "behind global average pooling"),
        ("inception.flat_head.weights", 50_176_000, "bias is forgotten"),
        ("inception.norm.steps", 100, "what is *left*"),
        ("inception.norm.steps", 458, "One step too few"),
        ("inception.norm.steps", 69, "half"),
        ("resnet.zero_block", 0, "The shortcut adds"),
        ("resnet.bottleneck.weights", 73_728, "basic block"),
        ("resnet.bottleneck.weights", 70_016, "no biases"),
        ("resnet.separable.macs", 14 * 14 * 9 * 256 * 256, "ordinary convolution"),
        ("resnet.separable.macs", 2 * 13_296_640, "flops"),
        ("resnet.vit.tokens", 256, "pixels of one patch"),
        ("transfer.maps", (7, 7, 1280), "224"),
        ("transfer.maps", (1280, 4, 4), "last"),
        ("transfer.maps", (1, 1, 1280), "average"),
        ("transfer.maps", (25, 25, 1280), "not by 5"),
        ("transfer.momentum", 99.0, "more batches"),
        ("transfer.momentum", 92.1, "one epoch"),
        ("transfer.momentum", 56.0, "come new"),
        ("transfer.momentum", 18.0, "multiply"),
        ("transfer.momentum", 0.0264, "0.999"),
        ("transfer_principles.custom", 5_056, "that are fixed"),
        ("transfer_principles.custom", 27_744, "belongs to the custom network"),
        ("transfer_principles.spread", 1.2, "their squares do"),
        ("transfer_principles.spread", 0.8, "the variance"),
        ("transfer_principles.spread", 0.7, "How far off"),
        ("worth.undecided", "better", "below"),
        ("worth.momentum", 0.999, "37%"),
        ("worth.momentum", 0.6813, "not an epoch"),
        ("worth.momentum", 0.9454, "one epoch"),
        ("worth.momentum", 1.2, "between 0 and 1"),
        ("worth.momentum", -0.5, "less than 0"),
        ("worth.momentum", 0.01, "left after all the steps"),
        ("worth.busy", 130, "between 0 and 100"),
        ("worth.busy", 2.5, "a tenth"),
        ("alexnet_vgg.conv2.memory", 16 * 8748, "factor of 16"),
        ("inception.norm.steps", 460, "Very close"),
        ("choosing.decide", "memory", "One word of the question"),
        ("worth.busy", 75, "waits"),
        ("worth.busy", 20, "prefetch"),
        ("worth.busy", 4, "Which share"),
    ],
)
def test_hints(key: str, given: object, word: str) -> None:
    feedback = check(key, given)
    assert feedback.state == "wrong"
    assert word in feedback.message


def test_the_numbers_are_those_of_keras() -> None:
    base = keras.applications.MobileNetV2(
        alpha=0.35, weights=None, include_top=False, input_shape=(128, 128, 3)
    )
    assert check("transfer.maps", base.output_shape).correct
    assert base.count_params() == 410_208
    norms = [one for one in base.layers if isinstance(one, keras.layers.BatchNormalization)]
    assert {norm.momentum for norm in norms} == {0.999}
