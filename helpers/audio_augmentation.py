"""Made-up recordings: café noise at a signal-to-noise ratio, echo, shifts, speed and pitch, and what they teach.

A batch of recordings is an array of shape (n, CLIP_SAMPLES) at 8 kHz. An augmentation is called with a batch and a
random generator and returns a new batch of that shape.
"""

import html
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import HTML, Audio
from scipy.fft import irfft, rfft
from scipy.io import wavfile
from scipy.signal import istft, resample, resample_poly, stft
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import GroupShuffleSplit

from helpers import plotting
from helpers.datasets import SAMPLE_RATE_HZ

CLIP_SAMPLES = 7200  # 0.9 s
LEAD = 600  # samples of silence before each word, 75 ms


def stack_clips(clips):
    """Lay clips of different length into one batch, each after 75 ms of silence.

    Parameters
    ----------
    clips : sequence of arrays of shape (n_samples,)
        At most 0.825 s each.

    Returns
    -------
    array of shape (n, 7200)

    Raises
    ------
    ValueError
        If a clip is too long; nothing is cut off silently.
    """
    if (longest := max(map(len, clips))) > CLIP_SAMPLES - LEAD:
        raise ValueError(f"'clips' must have at most {CLIP_SAMPLES - LEAD} samples each (got {longest})")
    waves = np.zeros((len(clips), CLIP_SAMPLES))
    for wave, clip in zip(waves, clips, strict=True):
        wave[LEAD : LEAD + len(clip)] = clip
    return waves


def trim_word(samples):
    """One word as the clips of the course hold it: a peak of 0.6, cut to what is louder than a fiftieth of the peak.

    Parameters
    ----------
    samples : array of shape (n_samples,)
        At 8 kHz, with some sound in it.

    Returns
    -------
    array of shape (at most n_samples,)
        With 20 ms before the word and 30 ms after it, where the recording has them.
    """
    samples = samples * (0.6 / np.abs(samples).max())
    loud = np.flatnonzero(np.abs(samples) > 0.012)
    return samples[max(loud[0] - 160, 0) : loud[-1] + 240]


def read_recordings(folder):
    """Your own spoken digits: every WAV file of a folder, trimmed to the word and brought to one loudness.

    Parameters
    ----------
    folder : str or path
        Holds files such as ``7.wav`` or ``7-second-try.wav``: the name begins with the digit that is said. Mono or
        stereo, any sample rate and any format of number.

    Returns
    -------
    clips : list of arrays of shape (n_samples,)
        At 8 kHz, with a peak of 0.6.
    y : array of shape (n_clips,)
        The digits.

    Raises
    ------
    ValueError
        If there is nothing to read, or one file is no WAV, names no digit, is silent, or holds more than one word.
    """
    paths = sorted(path for path in Path(folder).expanduser().glob("*") if path.suffix.lower() == ".wav")
    if not paths:
        raise ValueError(f"'recordings' must be a folder with WAV files, such as 7.wav (got {str(folder)!r})")
    clips, digits = [], []
    for path in paths:
        if not re.match(r"\d(?!\d)", path.name):
            raise ValueError(f"{path.name!r} must begin with the digit that is said, such as 7-first.wav")
        clips.append(_read_word(path))
        digits.append(int(path.name[0]))
    return clips, np.array(digits)


def _read_word(path):
    try:
        rate, samples = wavfile.read(path)
    except Exception as error:  # whatever a file holds, the learner is told which one
        raise ValueError(f"{path.name!r} must be an uncompressed WAV file (got: {error})") from None
    samples = samples.astype(float)
    samples = samples.mean(axis=1) if samples.ndim > 1 else samples  # stereo
    if not len(samples) or not np.isfinite(samples).all() or np.ptp(samples) == 0:
        raise ValueError(f"{path.name!r} must hold a spoken word (got silence)")
    common = np.gcd(SAMPLE_RATE_HZ, rate)
    word = trim_word(resample_poly(samples - samples.mean(), SAMPLE_RATE_HZ // common, rate // common))
    if len(word) > CLIP_SAMPLES - LEAD:
        most = (CLIP_SAMPLES - LEAD) / SAMPLE_RATE_HZ
        raise ValueError(f"{path.name!r} must hold one word of at most {most:.2f} s (got {len(word) / 8000:.2f} s)")
    return word


def mel_filters(n_bands=24, *, n_fft=256):
    """Triangular filters, evenly spaced on the mel scale between 60 and 3,900 Hz.

    Returns
    -------
    array of shape (n_bands, n_fft // 2 + 1)
        Weight of each frequency bin in each band, 0 to 1.

    References
    ----------
    Davis and Mermelstein 1980, Comparison of parametric representations for monosyllabic word recognition.
    """
    mels = np.linspace(*(2595 * np.log10(1 + np.array([60, 3900]) / 700)), n_bands + 2)
    edges = 700 * (10 ** (mels / 2595) - 1)
    low, center, high = (edges[i : i + n_bands, None] for i in range(3))
    hz = np.linspace(0, SAMPLE_RATE_HZ / 2, n_fft // 2 + 1)
    return np.maximum(0, np.minimum((hz - low) / (center - low), (high - hz) / (high - center)))


def log_mel(waves, *, n_bands=24):
    """Loudness by time and mel band: windows of 25 ms every 10 ms, power spectrum, mel bands, logarithm.

    Parameters
    ----------
    waves : array of shape (n, n_samples)
        Recordings at 8 kHz.

    Returns
    -------
    array of float32, shape (n, n_frames, n_bands)
        Natural logarithm of the power in each band.

    Examples
    --------
    >>> log_mel(np.zeros((2, 7200))).shape
    (2, 88, 24)
    """
    frames = np.lib.stride_tricks.sliding_window_view(waves.astype(np.float32), 200, axis=1)[:, ::80]
    spectrum = rfft(frames * np.hanning(200).astype(np.float32), 256, axis=2)
    power = spectrum.real**2 + spectrum.imag**2
    return np.log(power @ mel_filters(n_bands).T.astype(np.float32) + np.float32(1e-4))


def word_features(waves):
    """What the classifier sees: log-mel averaged over 40 ms, less each band's mean, as one row per clip.

    Returns
    -------
    array of shape (n, n_frames // 4 * n_bands)
        (n, 528) for clips of 0.9 s.
    """
    bands = log_mel(waves)
    n, n_frames, n_bands = bands.shape
    bands = bands[:, : n_frames // 4 * 4].reshape(n, n_frames // 4, 4, n_bands).mean(axis=2).astype(float)
    bands -= bands.mean(axis=1, keepdims=True)  # removes the constant color of a microphone and a line
    return bands.reshape(n, -1)


def speech_power(waves):
    """Mean power of each recording over its louder samples (above 0.01): silence around a word does not count."""
    loud = np.abs(waves) > 0.01
    return (waves**2 * loud).sum(axis=-1) / np.maximum(loud.sum(axis=-1), 1)


def mix(waves, noise, snr_db):
    """Add noise, scaled so that speech power over noise power is `snr_db` decibels.

    Parameters
    ----------
    waves, noise : arrays of shape (n, n_samples)
    snr_db : float or array of shape (n,)
        Signal-to-noise ratio; lower is noisier, at 0 both are equally strong.

    Returns
    -------
    array of shape (n, n_samples)
    """
    if waves.shape != noise.shape:
        raise ValueError(f"'noise' must have the shape of 'waves', {waves.shape} (got {noise.shape})")
    wanted = speech_power(waves) / 10 ** (np.asarray(snr_db) / 10)
    return waves + noise * np.sqrt(wanted / (noise**2).mean(axis=-1))[:, None]


def cafe_noise(rng, *, babble, seconds=60, talkers=6):
    """One long recording of a café: `talkers` people at different distances talk over each other above a low rumble.

    Parameters
    ----------
    rng : numpy.random.Generator
    babble : list of arrays
        Sentences to draw from.
    seconds : float, default 60
        Length of the recording.
    talkers : int, default 6
        How many speak at any time.

    Returns
    -------
    array of shape (seconds * 8000,)
        Of power 1.09, of which 0.09 is rumble.
    """
    n = int(seconds * SAMPLE_RATE_HZ)
    talk = np.zeros(n)
    for _ in range(talkers):
        order = rng.integers(len(babble), size=n // min(map(len, babble)) + 2)
        said = np.concatenate([babble[j] for j in order])
        talk += rng.uniform(0.5, 1) * said[(start := rng.integers(len(babble[order[0]]))) : start + n]
    rumble = np.convolve(rng.standard_normal(n), np.ones(8), mode="same")
    return talk / talk.std() + 0.3 * rumble / rumble.std()


def add_background(waves, rng, *, noise, snr_db=(0, 20)):
    """Lay a random piece of the long recording `noise` under each clip, at a ratio drawn between two decibels."""
    starts = rng.integers(len(noise) - waves.shape[1], size=len(waves))
    pieces = np.lib.stride_tricks.sliding_window_view(noise, waves.shape[1])[starts]
    return mix(waves, pieces, rng.uniform(*snr_db, len(waves)))


def add_white(waves, rng, *, snr_db=(0, 20)):
    """White noise (the same power at every frequency) under each clip."""
    return mix(waves, rng.standard_normal(waves.shape), rng.uniform(*snr_db, len(waves)))


def add_echo(waves, rng, *, decay=(12, 30)):
    """The echo of a room: convolution with decaying noise; a lower `decay` per second is a larger, barer room."""
    t = np.arange(int(0.3 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    room = rng.standard_normal((len(waves), len(t))) * np.exp(-t * rng.uniform(*decay, (len(waves), 1)))
    room[:, 0] = 3  # the direct sound
    room /= np.sqrt((room**2).sum(axis=1, keepdims=True))
    size = waves.shape[1] + len(t)
    return irfft(rfft(waves, size) * rfft(room, size), size)[:, : waves.shape[1]]


def shift_time(waves, rng, *, max_ms=75):
    """Start each word earlier or later by up to `max_ms`; what moves over the edge is lost, silence moves in."""
    most = max_ms * SAMPLE_RATE_HZ // 1000
    padded = np.pad(waves, ((0, 0), (most, most)))
    starts = rng.integers(2 * most + 1, size=len(waves))
    return np.lib.stride_tricks.sliding_window_view(padded, waves.shape[1], axis=1)[np.arange(len(waves)), starts]


def change_speed(waves, rng, *, factor=(0.85, 1.18)):
    """Play each clip faster or slower, as a tape would: at a factor of 1.1 it is shorter and higher by a tenth."""
    time = np.arange(waves.shape[1])
    speeds = rng.uniform(*factor, len(waves))
    return np.stack(
        [np.interp(LEAD + (time - LEAD) * speed, time, wave, 0, 0) for wave, speed in zip(waves, speeds, strict=True)]
    )


def stretch(wave, factor):
    """Make one recording `factor` times as long at the same pitch, with a phase vocoder.

    Parameters
    ----------
    wave : array of shape (n_samples,)
    factor : float
        Above 1 is longer and slower.

    Returns
    -------
    array of shape (about factor * n_samples,)

    References
    ----------
    Flanagan and Golden 1966, Phase vocoder, Bell System Technical Journal 45.
    """
    size, hop = 256, 64
    spectrum = stft(wave, nperseg=size, noverlap=size - hop)[2]
    when = np.arange(0, spectrum.shape[1] - 1, 1 / factor)  # the frame to read at each step of the output
    frame, part = when.astype(int), when % 1
    loudness = (1 - part) * np.abs(spectrum[:, frame]) + part * np.abs(spectrum[:, frame + 1])
    advance = np.angle(spectrum[:, frame + 1]) - np.angle(spectrum[:, frame])
    phase = np.cumsum(np.c_[np.angle(spectrum[:, :1]), advance[:, :-1]], axis=1)
    return istft(loudness * np.exp(1j * phase), nperseg=size, noverlap=size - hop)[1]


def change_pitch(wave, semitones):
    """Move one recording's pitch by `semitones` at the same length: stretch it, then play it faster."""
    return resample(stretch(wave, 2 ** (semitones / 12)), len(wave))


def make_recognizer():
    """The digit recognizer of this notebook: linear discriminants with a shrunk covariance, fitted in closed form."""
    return LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3)


def changed_features(waves, change, rng):
    """Features of the recordings after ``change(waves, rng)``, made a few at a time so that memory stays small.

    Returns
    -------
    array of shape (n, n_features)
    """
    blocks = (waves[i : i + 24] for i in range(0, len(waves), 24))
    return np.concatenate([word_features(change(block, rng)) for block in blocks])


def held_out_accuracy(
    train, test, y, voice, *, n_splits=3, n_train=15, seed=0, make_model=make_recognizer, elsewhere=None
):
    """Train on some voices and test on the others, for every training set and every test condition.

    Parameters
    ----------
    train : dict of str to array of shape (n_copies, n, n_features)
        Per recipe, the features of the recordings and of their changed copies.
    test : dict of str to array of shape (n, n_features)
        The same recordings per test condition.
    y, voice : arrays of shape (n,)
        Digit and voice of each recording.
    n_splits, n_train, seed
        How often the voices are split, how many are trained on, and the seed of the splits.
    make_model : callable
        Returns an unfitted classifier.
    elsewhere : dict of str to (features, labels), optional
        Further conditions, recorded from people who are in no training set: all of their rows are tested in each split.

    Returns
    -------
    DataFrame
        One row per split, recipe ("trained on") and condition ("tested on"), with accuracy (0 to 1, higher is better).
    """
    rows = []
    splits = GroupShuffleSplit(n_splits, train_size=n_train, random_state=seed).split(y, groups=voice)
    for split, (known, new) in enumerate(splits):
        tests = {condition: (features[new], y[new]) for condition, features in test.items()} | (elsewhere or {})
        for recipe, copies in train.items():
            model = make_model().fit(np.concatenate(copies[:, known]), np.tile(y[known], len(copies)))
            for condition, (features, labels) in tests.items():
                rows.append((split, recipe, condition, model.score(features, labels)))
    return pd.DataFrame(rows, columns=["split", "trained on", "tested on", "accuracy"])


def show_audio(recordings):
    """Players for a few recordings, side by side.

    Parameters
    ----------
    recordings : dict of str to array of shape (n_samples,)
        Caption and sound at 8 kHz; each is brought to full loudness.

    Returns
    -------
    IPython.display.HTML
    """
    cells = ""
    for name, wave in recordings.items():
        label = html.escape(name)
        named = f'<audio style="width:13em" aria-label="{label}"'
        player = Audio(wave, rate=SAMPLE_RATE_HZ)._repr_html_().replace("<audio", named)
        cells += f'<figure style="margin:0"><figcaption>{label}</figcaption>{player}</figure>'
    return HTML(f'<div style="display:flex;flex-wrap:wrap;gap:1em">{cells}</div>')


def plot_log_mel(bands, *, ax=None):
    """Draw one recording's log-mel picture: time to the right, low bands at the bottom, louder is brighter.

    Parameters
    ----------
    bands : array of shape (n_frames, n_bands)
        One item of :func:`log_mel`.
    """
    ax = ax or plt.gca()
    ax.imshow(
        bands.T,
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        extent=(0, 10 * len(bands), 0, bands.shape[1]),
        vmin=-9,
        vmax=4,
    )
    ax.grid(False)
    ax.set(xlabel="time (ms)", ylabel="mel band, low to high")
    return ax


def plot_grid(table, *, ax=None):
    """Draw mean accuracy, one row per recipe and one column per test condition; frames mark each best."""
    means = table.pivot_table(index="trained on", columns="tested on", values="accuracy", sort=False)
    ax = plotting.plot_shares(means, "accuracy", low=0.1, ax=ax)
    for column, row in enumerate(means.to_numpy().argmax(axis=0)):
        ax.add_patch(plt.Rectangle((column - 0.47, row - 0.46), 0.94, 0.92, fill=False, color="black", linewidth=2.5))
    ax.set(xlabel="tested on (new voices)", ylabel="copies made with")
    return ax
