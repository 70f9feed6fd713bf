"""What a GPU gives: images per second, how busy it is, its memory, and the time to a good network.

    python3 notebooks/recorded/gpu.py --pack photographs.npz         # where the photographs are
    python3 notebooks/recorded/gpu.py --photographs photographs.npz  # where the GPU is

A GPU is often borrowed for minutes, on a machine that has neither this course nor TensorFlow. So
this file goes there alone, with the photographs in one file. It needs NumPy, Pillow, Keras (its
wheel, with those of optree and namex, may have to travel too) and a backend: KERAS_BACKEND says
which, else the first of TensorFlow, JAX and PyTorch that is installed.

Each step is a process of its own, because memory is counted from the start of a process and because
one that runs out of it takes no other with it. What is done is in gpu.json after each step, and is
not done again: with another backend, or after the minutes of one call are over, call it once more.
"""

import argparse
import io
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import warnings
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from PIL import Image

BACKENDS = ("tensorflow", "jax", "torch")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", next(filter(find_spec, BACKENDS), "tensorflow"))
import keras  # it reads these variables

SCRIPT, BACKEND = Path(__file__).resolve(), keras.backend.backend()

# What is measured. Speed does not depend on what is in the pictures: there they are noise.
FULL = {
    "size": 224,
    "policies": ("float32", "mixed_bfloat16", "mixed_float16"),
    "batches": (32, 128, 512),
    "images": 2048,  # in a round, of which there are as many as fit into so many
    "seconds": 5,
    "epochs": (3, 10),  # for the head, then for all
    "seeds": (0, 1, 2),
}
QUICK = {"size": 32, "policies": ("float32",), "batches": (4,)}
QUICK |= {"images": 8, "seconds": 0, "epochs": (1, 1), "seeds": (0,)}

# The recipe at the top of the ladder.
BATCH, HEAD_RATE, RATE = 32, 1e-3, 5e-4
HELD_OUT = 0.15  # of the training images
TARGET = 0.88  # accuracy on those

LIMIT = 40_000_000  # bytes of a pack
QUALITY = 75  # of its JPEGs; 80 would need 42 MB


def pack(place, folder, size=FULL["size"], weights="imagenet"):
    """Write the photographs of `folder` and the backbone's weights into one file.

    They are resized as `image_dataset_from_directory` does it, then compressed as JPEG.
    """
    files = sorted(path for path in Path(folder).glob("*/*/*") if path.suffix == ".jpg")
    names = sorted({path.parent.name for path in files})
    pictures = []
    for path in files:
        pixels = keras.utils.img_to_array(keras.utils.load_img(path))
        pixels = keras.ops.convert_to_numpy(keras.ops.image.resize(pixels, (size, size)))
        jpeg = io.BytesIO()
        Image.fromarray(np.round(pixels).astype("uint8")).save(jpeg, "JPEG", quality=QUALITY)
        pictures.append(np.frombuffer(jpeg.getvalue(), "uint8"))
    content = {
        "jpeg": np.concatenate(pictures),  # one after another
        "ends": np.cumsum([len(picture) for picture in pictures]),
        "labels": np.array([names.index(path.parent.name) for path in files]),
        "parts": np.array([path.parent.parent.name for path in files]),
        "names": np.array(names),
    }
    for number, array in enumerate(backbone(size, weights).get_weights()):
        content[f"weights_{number:03d}"] = array
    with place.open("wb") as file:
        np.savez(file, **content)
    if (written := place.stat().st_size) > LIMIT:
        place.unlink()
        raise ValueError(f"{written:,} bytes are more than {LIMIT:,}: lower QUALITY")
    return len(files), written


def unpack(place, part):
    """Return the images, labels and class names of a part, and the backbone's weights."""
    with np.load(place) as packed:
        content = {name: packed[name] for name in packed.files}
    pictures = np.split(content["jpeg"], content["ends"][:-1])
    chosen = np.flatnonzero(content["parts"] == part)
    images = np.stack([Image.open(io.BytesIO(pictures[i].tobytes())) for i in chosen])
    weights = [array for name, array in content.items() if name.startswith("weights_")]
    return images, content["labels"][chosen], content["names"].tolist(), weights


def backbone(size, weights=None):
    warnings.filterwarnings("ignore", "`input_shape` is undefined")  # 224 is meant
    inputs = keras.Input((size, size, 3))
    return keras.applications.MobileNetV2(
        include_top=False, alpha=0.35, input_tensor=inputs, weights=weights
    )


def network(size, classes):
    """Return the network of the ladder's top, augmentation in it, and its backbone."""
    base = backbone(size)
    inputs = x = keras.Input((size, size, 3))
    for layer in (
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomTranslation(0.1, 0.1),
        keras.layers.RandomZoom(0.1),
    ):
        if BACKEND == "jax":
            # Keras compiles no model that shifts or zooms, because TensorFlow's compiler cannot.
            # JAX's can, and with nothing compiled JAX is many times slower.
            layer.supports_jit = True
        x = layer(x)
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = keras.layers.GlobalAveragePooling2D()(base(x))
    x = keras.layers.Dropout(0.2)(x)
    return keras.Model(inputs, keras.layers.Dense(classes, dtype="float32")(x)), base


def prepare(model, base, free, rate):
    """Set the backbone free to learn, but for its batch normalisation, or freeze it; compile."""
    base.trainable = free
    for layer in base.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = False
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])


class Watch(keras.callbacks.Callback):
    """Counts rounds and seconds, and asks NVIDIA's driver how busy its GPU is.

    The first two rounds are not counted: in them everything is compiled.
    """

    def __init__(self, least):
        super().__init__()
        self.least, self.rounds, self.seconds, self.driver = least, -2, 0.0, None

    def is_over(self):
        """Count a round; say whether they took at least so many seconds."""
        self.rounds += 1
        if self.rounds == 0:
            self.began, self.driver = time.perf_counter(), ask_driver()
        if self.rounds <= 0:
            return False
        self.seconds = time.perf_counter() - self.began
        return self.seconds >= self.least

    def on_epoch_end(self, epoch, logs=None):
        self.model.stop_training = self.is_over()

    def gpu_busy(self):
        """Return the share of the time in which the GPU computed, or None if nobody can say."""
        if self.driver is None:
            return None
        self.driver.terminate()
        shares = [int(line) for line in self.driver.communicate()[0].split() if line.isdigit()]
        return round(sum(shares) / len(shares) / 100, 3) if shares else None


def ask_driver():
    command = shutil.which("nvidia-smi")
    if command is None:
        return None
    first = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    query = ["--query-gpu=utilization.gpu", "--format=csv,noheader,nounits", "--loop-ms=200"]
    said = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    return subprocess.Popen([command, f"--id={first}", *query], **said)


def gpu():
    """Return the name of the first GPU that the backend sees, and the most memory it has had."""
    framework = import_module(BACKEND)
    if BACKEND == "tensorflow":
        for device in framework.config.list_physical_devices("GPU"):
            about = framework.config.experimental
            name = about.get_device_details(device).get("device_name", device.name)
            return name, int(about.get_memory_info("GPU:0")["peak"])
    elif BACKEND == "jax":
        for device in framework.devices():
            if device.platform == "gpu":
                return device.device_kind, int(device.memory_stats()["peak_bytes_in_use"])
    elif framework.cuda.is_available():
        cuda = framework.cuda
        return cuda.get_device_name(0), int(cuda.max_memory_allocated())
    return None, None


def speed(setting, sizes):
    """Measure images per second of one task, and what that takes of the GPU."""
    noise, batch = np.random.default_rng(0), setting["batch"]
    count = max(sizes["images"], batch)
    images = noise.integers(0, 256, (count, sizes["size"], sizes["size"], 3), "uint8")
    labels = noise.integers(0, 10, count)
    model, base = network(sizes["size"], classes=10)
    prepare(model, base, setting["task"] == "all", RATE)
    watch = Watch(sizes["seconds"])
    if setting["task"] == "inference":
        while not watch.is_over():
            model.predict(images, batch_size=batch, verbose=0)
    else:
        how = {"batch_size": batch, "shuffle": False, "verbose": 0, "callbacks": [watch]}
        model.fit(images, labels, epochs=1_000_000, **how)
    return {
        "images_per_second": round(watch.rounds * count / watch.seconds, 1),
        "gpu_busy": watch.gpu_busy(),
        "peak_bytes": gpu()[1],
        "jit_compile": bool(model.jit_compile),
    }


def time_to_top(seed, sizes, photographs):
    """Train as at the top of the ladder; after each epoch, note the time and the accuracy."""
    images, labels, names, weights = unpack(photographs, "train")
    order = np.random.default_rng(seed).permutation(len(images))
    held_out, own = np.split(order, [round(HELD_OUT * len(images))])
    seconds, accuracies = [], []
    began = time.perf_counter()

    class Note(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            seconds.append(round(time.perf_counter() - began, 2))
            accuracies.append(round(logs["val_accuracy"], 4))

    model, base = network(sizes["size"], len(names))
    base.set_weights(weights)
    steps = -(-len(own) // BATCH) * sizes["epochs"][1]
    rates = HEAD_RATE, keras.optimizers.schedules.CosineDecay(RATE, steps)
    for free, rate, epochs in zip((False, True), rates, sizes["epochs"], strict=True):
        prepare(model, base, free, rate)
        how = {"batch_size": BATCH, "epochs": epochs, "callbacks": [Note()], "verbose": 0}
        scored = images[held_out], labels[held_out]
        model.fit(images[own], labels[own], validation_data=scored, **how)
    reached = [s for s, accuracy in zip(seconds, accuracies, strict=True) if accuracy >= TARGET]
    return {
        "seconds": seconds,
        "held_out": accuracies,
        "target": TARGET,
        "reached_after": reached[0] if reached else None,
        "peak_bytes": gpu()[1],
    }


def do(step):
    """Do one step and return its result."""
    setting, sizes = step["setting"], QUICK if step["quick"] else FULL
    keras.utils.set_random_seed(step["seed"])
    keras.config.set_dtype_policy(setting["policy"])
    if setting["task"] == "top":
        return time_to_top(step["seed"], sizes, step["photographs"])
    return speed(setting, sizes)


def about():
    """Describe the machine; nothing in it names its owner."""
    return {
        "gpu": gpu()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "keras": keras.__version__,
        BACKEND: str(import_module(BACKEND).__version__),
    }


def steps(sizes, photographs):
    """Return task, dtype policy, batch size and seed of each step, in their order."""
    for policy in sizes["policies"]:
        for batch in sizes["batches"]:
            for task in ("inference", "head", "all"):
                yield task, policy, batch, 0
        if photographs:
            for seed in sizes["seeds"]:
                yield "top", policy, BATCH, seed


def ask(question, seconds):
    """Have a fresh process of this script answer; None if it fails or the time is over."""
    command = [sys.executable, str(SCRIPT), "--answer", json.dumps(question)]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=max(seconds, 0))
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        print(f"A step ended with status {done.returncode}.", file=sys.stderr, flush=True)
        return None
    return json.loads(done.stdout.splitlines()[-1])


def measure(place, photographs, minutes, quick):
    """Do the steps that `place` does not have yet; return what is wrong, or None."""
    end = time.monotonic() + 60 * minutes
    machine = ask({}, end - time.monotonic())
    if machine is None:
        return "Keras did not start; what it said stands above."
    if machine["gpu"] is None and not quick:
        return f"Keras on {BACKEND} sees no GPU here. --quick tries this script out on a CPU."
    kept = json.loads(place.read_text("utf-8")) if place.is_file() else {"runs": []}
    machine = kept.get("machine", {}) | machine
    if kept.get("machine", machine)["gpu"] != machine["gpu"]:
        return f"{place.name} is of {kept['machine']['gpu']}, and this is {machine['gpu']}."
    done = [(run["setting"], run["seed"]) for run in kept["runs"]]
    failed = []
    for task, policy, batch, seed in steps(QUICK if quick else FULL, photographs):
        setting = {"backend": BACKEND, "task": task, "policy": policy, "batch": batch}
        if (setting, seed) in done:
            continue
        question = {"setting": setting, "seed": seed, "quick": quick, "photographs": photographs}
        label = f"{BACKEND}, {task}, {policy}, batches of {batch}, seed {seed}"
        if result := ask(question, end - time.monotonic()):
            kept["runs"].append({"setting": setting, "seed": seed, "result": result})
            write(place, machine, kept["runs"])
            print(f"{label}: {result}", flush=True)
        elif time.monotonic() >= end:
            return f"{minutes:g} minutes are over. The same command goes on with {label}."
        else:
            failed.append(label)
    return "\n".join(["FAILED:", *failed]) if failed else None


def write(place, machine, runs):
    """Write the file under another name first: it is whole at any time."""
    head = {"command": "python3 -m course_utils record gpu", "date": date.today().isoformat()}
    lines = ",\n".join(f"  {json.dumps(run)}" for run in runs)
    text = json.dumps({**head, "machine": machine}, indent=1).removesuffix("\n}")
    part = place.with_name(f"part-{place.name}")
    part.write_text(f'{text},\n "runs": [\n{lines}\n ]\n}}\n', "utf-8", newline="\n")
    os.replace(part, place)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--pack", type=Path, metavar="OUT", help="write photographs and weights")
    parser.add_argument("--folder", default=os.environ.get("COURSE_IMAGES"), help="of these")
    parser.add_argument("--photographs", metavar="FILE", help="written by --pack")
    parser.add_argument("--minutes", type=float, default=8, help="of this call (default: 8)")
    parser.add_argument("--quick", action="store_true", help="try it out, tiny, also on a CPU")
    parser.add_argument("--out", type=Path, help="the JSON file (default: beside this script)")
    parser.add_argument("--answer", help=argparse.SUPPRESS)  # in a step's own process
    arguments = parser.parse_args()
    if arguments.answer:
        question = json.loads(arguments.answer)
        print(json.dumps(do(question) if question else about()))
        return None
    if arguments.pack:
        if not arguments.folder:
            parser.error("--pack needs --folder, or the variable COURSE_IMAGES")
        count, size = pack(arguments.pack, arguments.folder)
        print(f"{count:,} photographs, {size:,} bytes")
        return None
    if arguments.quick and not arguments.out:
        parser.error("--quick needs --out: its numbers mean nothing")
    place = arguments.out or SCRIPT.with_suffix(".json")
    return measure(place, arguments.photographs, arguments.minutes, arguments.quick)


if __name__ == "__main__":
    sys.exit(main())
