"""Make ``data/spoken_digits.npz``: spoken English digits and café talk, synthesized with espeak-ng.

    python data/make_spoken_digits.py [OUTPUT.npz]

Only who wants to rebuild the file needs espeak-ng (version 1.51 made the one in the repository). Every setting is
drawn from one seed, so the same version writes the same bytes. The samples are kept as the telephone network carries
them: 8 kHz and 8-bit mu-law (ITU-T G.711's curve), which halves the file.
"""

import io
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from helpers.audio_augmentation import trim_word

RATE_HZ = 8000
MU = 255
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
ACCENTS = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd", "en-029", "en-us-nyc"]
VOICES = [
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "adam", "anika", "linda", "steph",
    "paul", "rob", "caleb", "belinda", "michel", "pablo", "sandro", "benjamin", "boris", "david", "john", "travis",
    "quincy", "iven", "ed", "gustave", "max", "shelby", "zac",
]  # fmt: skip
DRAWS = 2  # each voice says the ten digits twice: another accent, speed and pitch
GUESTS = [
    "Alex", "Alicia", "Andrea", "Andy", "Annie", "Diogo", "Gene", "Hugo", "Jacky", "Lee", "Marco", "Mario",
    "Michael", "Mike", "Nguyen", "Henrique",
]  # fmt: skip
SENTENCES = [
    "could we sit by the window where it is quieter",
    "a large coffee and two of the almond biscuits",
    "he said the train was late again because of snow",
    "my cousin is moving to a smaller flat in autumn",
    "do you still have that recipe for the lemon cake",
    "they closed the old cinema and opened a gym there",
    "sorry is anybody using this chair over here",
    "she plays the violin but she prefers the drums",
]


def say(text, voice, *, speed, pitch):
    """The words as float samples at 8 kHz, trimmed to the speech and scaled to a peak of 0.6."""
    command = ["espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "--stdout", text]
    sound = subprocess.run(command, capture_output=True, check=True).stdout
    with wave.open(io.BytesIO(sound)) as file:
        rate, frames = file.getframerate(), file.readframes(2**31 - 1)
    samples = resample_poly(np.frombuffer(frames, "<i2").astype(float), RATE_HZ, rate)
    return trim_word(samples)


def mu_law(samples):
    """Samples from -1 to 1 as 8-bit codes, fine steps for quiet sounds and coarse ones for loud sounds."""
    compressed = np.sign(samples) * np.log1p(MU * np.abs(samples)) / np.log1p(MU)
    return np.rint(127 * compressed).astype(np.int8)


def make_digits(rng):
    """Yield codes, digit and voice number of each clip."""
    for number, voice in enumerate(VOICES):
        for _ in range(DRAWS):
            accent, speed, pitch = rng.choice(ACCENTS), int(rng.integers(120, 220)), int(rng.integers(20, 80))
            for digit, word in enumerate(WORDS):
                yield mu_law(say(word, f"{accent}+{voice}", speed=speed, pitch=pitch)), digit, number


def make_babble(rng):
    """Yield codes of sentences by people who speak no digits in this data set."""
    for number, guest in enumerate(GUESTS):
        text, accent = SENTENCES[number % len(SENTENCES)], ACCENTS[(3 * number + 1) % len(ACCENTS)]
        yield mu_law(say(text, f"{accent}+{guest}", speed=int(rng.integers(150, 200)), pitch=int(rng.integers(20, 80))))


def main(path):
    """Write the file at `path`."""
    rng = np.random.default_rng(0)
    clips, labels, voices = zip(*make_digits(rng), strict=True)
    babble = list(make_babble(rng))
    np.savez_compressed(
        path,
        clips=np.concatenate(clips), lengths=np.array([len(clip) for clip in clips], np.int32),
        labels=np.array(labels, np.int8), voices=np.array(voices, np.int8),
        babble=np.concatenate(babble), babble_lengths=np.array([len(talk) for talk in babble], np.int32),
    )  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("spoken_digits.npz"))
