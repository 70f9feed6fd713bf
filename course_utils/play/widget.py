"""A figure with a widget behind it: one of the two is seen."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from course_utils.plots.figure import CourseFigure

_Reply = Callable[[Any, list[memoryview]], tuple[dict[str, Any], list[bytes]]]
_VIEW = "application/vnd.jupyter.widget-view+json"
_HERE = Path(__file__).parent

# The picture and the widget are two outputs of one cell. A widget that runs hides the picture; one
# that does not, because a notebook was opened and not yet run, is itself an error message to hide.
_ONE_OF_THE_TWO = (
    "<style>.jp-OutputArea-child:has(.course-picture):has(+ * .course-play),"
    ".jp-OutputArea-child:has(.course-picture)+*:not(:has(.course-play)){display:none}</style>"
)


def _show_with(
    figure: CourseFigure, piece: str, data: dict[str, Any], answer: _Reply | None = None
) -> None:
    """Display a figure, and with it the widget whose script is ``piece``.js, where it can run.

    ``data`` is sent to the script once; bytes in it arrive as they are. What the script asks later
    goes to ``answer``, as JSON and buffers, and what it returns, likewise, goes back.
    """
    from IPython.display import display

    bundle = figure._repr_mimebundle_()
    image = bundle["text/html"].replace("<img ", '<img class="course-picture" ', 1)
    display({**bundle, "text/html": image + _ONE_OF_THE_TWO}, raw=True)  # type: ignore[no-untyped-call]
    if (widget := _made(piece, data, answer)) is not None:
        view = {"model_id": widget.model_id, "version_major": 2, "version_minor": 0}
        display({_VIEW: view}, raw=True)  # type: ignore[no-untyped-call]


def _made(piece: str, data: dict[str, Any], answer: _Reply | None) -> Any:
    """Return a widget, or None where anywidget is not installed."""
    try:
        import anywidget
        import traitlets
    except ImportError:
        return None
    script = [(_HERE / f"{name}.js").read_text("utf-8") for name in ("common", piece)]

    class Piece(anywidget.AnyWidget):
        _esm = "\n".join(script)
        _css = (_HERE / "play.css").read_text("utf-8")
        data = traitlets.Dict().tag(sync=True)

    widget = Piece(data=data)
    if answer is not None:
        widget.on_msg(partial(_reply, answer))
    return widget


def _reply(answer: _Reply, widget: Any, asked: Any, buffers: list[memoryview]) -> None:
    try:
        widget.send(*answer(asked, buffers))
    except Exception as error:  # the cell ran long ago: only the widget can still say it
        widget.send({"error": f"{type(error).__name__}: {error}"})
