"""What is printed while a network trains."""

import re

import keras


class PrintEpochs(keras.callbacks.Callback):  # type: ignore[misc]
    """Print one line after each epoch: ``model.fit(..., verbose=0, callbacks=[PrintEpochs()])``."""

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Print the accuracies of the epoch that has just ended."""
        logs = logs or {}
        words = [f"epoch {epoch + 1} of {self.params['epochs']}"]
        for name, start in (("training", ""), ("validation", "val_")):
            keys = [key for key in logs if re.fullmatch(rf"{start}(acc|(?!val_)\w*accuracy)", key)]
            words += [f"{name} {logs[key]:.1%}" for key in keys[:1]]
        print(", ".join(words), flush=True)
