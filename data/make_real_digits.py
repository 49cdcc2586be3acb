"""Make ``data/real_digits.npz``: the ten English digits spoken by a real person, from a free Debian package.

    apt-get download asterisk-core-sounds-en-wav
    python data/make_real_digits.py asterisk-core-sounds-en-wav_1.6.1-1_all.deb [OUTPUT.npz]

The package holds the prompts of the Asterisk telephone exchange, recorded by Allison Smith and licensed under
CC BY-SA 3.0. Only who wants to rebuild the file needs it (and ``dpkg-deb`` to open it). The recordings are at 8 kHz
already; each is trimmed to the word and brought to the loudness of our synthetic clips, then kept as 8-bit mu-law.
"""

import hashlib
import runpy
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

import numpy as np

from helpers.audio_augmentation import trim_word

PACKAGE_SHA256 = "2be3ea287d83299d143815fa804f11179a75b7affd4a758b98b55f5afc18a35d"  # version 1.6.1-1
FOLDER = "usr/share/asterisk/sounds/en_US_f_Allison/digits"
SYNTHETIC = runpy.run_path(str(Path(__file__).with_name("make_spoken_digits.py")))


def read_word(path):
    """The word in one file: 8 kHz, from -1 to 1, with a peak of 0.6, trimmed as the synthetic clips are."""
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (SYNTHETIC["RATE_HZ"], 1, 2):
            raise ValueError(f"'{path.name}' must be 16-bit mono at 8 kHz (got {file.getparams()})")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    return trim_word(samples)


def main(package, path):
    """Write the file at `path` from the Debian package."""
    if (got := hashlib.sha256(Path(package).read_bytes()).hexdigest()) != PACKAGE_SHA256:
        raise ValueError(f"'package' must have the checksum {PACKAGE_SHA256} (got {got})")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
        clips = [SYNTHETIC["mu_law"](read_word(Path(folder, FOLDER, f"{digit}.wav"))) for digit in range(10)]
    lengths = np.array([len(clip) for clip in clips], np.int32)
    np.savez_compressed(path, clips=np.concatenate(clips), lengths=lengths, labels=np.arange(10, dtype=np.int8))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else Path(__file__).with_name("real_digits.npz"))
