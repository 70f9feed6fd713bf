"""The map of the course agrees with the folder, and its table with the README's."""

from course_utils.cli import notebooks
from course_utils.course_map import README, course_map


def test_the_map_is_the_readmes_and_leads_to_every_notebook():
    stations = course_map()
    assert [station.name for station in stations] == [path.stem for path in notebooks.paths()]
    assert [station.number for station in stations] == [path.name[:2] for path in notebooks.paths()]
    table = stations._repr_markdown_().replace("](", "](notebooks/")
    assert table in README.read_text("utf-8")
