"""The exercises of units 09 and 10."""

import pytest

from course_utils.classroom import check


@pytest.mark.parametrize(
    ("key", "given", "word"),
    [
        ("inception.bottleneck.widest", 255, "not free"),
        ("inception.bottleneck.widest", 232, "too wide"),
        ("inception.flat_head.weights", 1_025_000, "behind global average pooling"),
        ("inception.flat_head.weights", 50_176_000, "bias is forgotten"),
        ("inception.norm.steps", 100, "what is *left*"),
        ("inception.norm.steps", 458, "One step too few"),
        ("inception.norm.steps", 69, "half"),
    ],
)
def test_hints(key, given, word):
    assert word in check(key, given).message
