import numpy as np
import pandas as pd
import pytest

from helpers import audio_augmentation as aug
from helpers import datasets

RNG = np.random.default_rng(0)
TONE = np.sin(2 * np.pi * 440 * np.arange(8000) / 8000)


def frequency(wave):
    """The loudest frequency in Hz."""
    return np.abs(np.fft.rfft(wave * np.hanning(len(wave)))).argmax() * 8000 / len(wave)


def test_clips_begin_after_the_lead_and_are_never_cut():
    waves = aug.stack_clips([np.ones(3), np.full(6600, 2.0)])
    assert waves.shape == (2, 7200) and waves.sum(axis=1).tolist() == [3, 13200]
    assert waves[0, 599:604].tolist() == [0, 1, 1, 1, 0]
    with pytest.raises(ValueError, match=r"'clips' must have at most 6600 samples each \(got 6601\)"):
        aug.stack_clips([np.ones(6601)])


@pytest.mark.parametrize("hz", [300, 1000, 3000])
def test_a_tone_is_loudest_in_the_band_around_it(hz):
    bands = aug.log_mel(np.sin(2 * np.pi * hz * np.arange(7200) / 8000)[None])[0]
    loudest = bands.mean(axis=0).argmax()
    peak_hz = aug.mel_filters()[loudest].argmax() * 8000 / 256
    assert abs(peak_hz - hz) < 150


def test_log_mel_agrees_with_scipys_short_time_transform():
    from scipy.signal import stft

    wave, window = RNG.standard_normal(7200), np.hanning(200)
    spectrum = stft(wave, window=window, nperseg=200, noverlap=120, nfft=256, boundary=None, padded=False)[2]
    power = np.abs(spectrum * window.sum()) ** 2
    assert np.allclose(aug.log_mel(wave[None])[0], np.log(power.T @ aug.mel_filters().T + 1e-4))


def test_features_forget_the_loudness_of_the_line():
    wave = aug.stack_clips([TONE[:5000]]) + 0.01 * RNG.standard_normal((1, 7200))
    assert np.allclose(aug.word_features(3 * wave), aug.word_features(wave), atol=0.2)  # log 9 is 2.2


def test_mix_reaches_the_ratio_whatever_the_levels():
    waves, noise = 0.2 * RNG.standard_normal((3, 7200)), 5 * RNG.standard_normal((3, 7200))
    added = aug.mix(waves, noise, [0, 10, -5]) - waves
    ratio = 10 * np.log10(aug.speech_power(waves) / (added**2).mean(axis=1))
    assert ratio == pytest.approx([0, 10, -5])
    with pytest.raises(ValueError, match=r"'noise' must have the shape of 'waves', \(3, 7200\) \(got \(1, 7200\)\)"):
        aug.mix(waves, noise[:1], 0)


def test_silence_around_the_word_does_not_count():
    assert aug.speech_power(np.r_[np.zeros(900), np.full(100, 0.5)]) == pytest.approx(0.25)
    assert aug.speech_power(np.zeros(10)) == 0


def test_a_cafe_has_the_length_and_power_it_says():
    noise = aug.cafe_noise(np.random.default_rng(1), babble=datasets.load_babble(), seconds=5)
    assert len(noise) == 40_000 and 1 < (noise**2).mean() < 1.2


@pytest.mark.parametrize("change", [aug.add_white, aug.add_echo, aug.shift_time, aug.change_speed])
def test_a_change_keeps_the_shape_the_input_and_the_seed(change):
    waves = aug.stack_clips([TONE[:4000], TONE[:3000]])
    before = waves.copy()
    once, again = (change(waves, np.random.default_rng(3)) for _ in range(2))
    assert once.shape == waves.shape and (waves == before).all()
    assert (once == again).all() and not np.allclose(once, waves)


def test_background_is_a_piece_of_the_noise():
    noise = np.random.default_rng(0).standard_normal(9000)
    wave = aug.stack_clips([TONE[:4000]])
    added = (aug.add_background(wave, np.random.default_rng(2), noise=noise) - wave)[0]
    assert max(np.correlate(noise, added)) == pytest.approx(np.linalg.norm(added) * 7200**0.5, rel=0.05)


def test_a_shift_moves_by_whole_samples_and_at_most_as_far_as_asked():
    waves = np.zeros((200, 7200))
    waves[:, 3000] = 1
    places = aug.shift_time(waves, np.random.default_rng(0), max_ms=10).argmax(axis=1)
    assert places.min() == 2920 and places.max() == 3080


def test_faster_is_higher():
    faster = aug.change_speed(aug.stack_clips([TONE[:6000]]), np.random.default_rng(0), factor=(1.5, 1.5))[0]
    assert frequency(faster[600:4500]) == pytest.approx(660, abs=3)
    assert np.flatnonzero(faster).max() < 600 + 4001


def test_stretching_keeps_the_pitch_and_changing_the_pitch_keeps_the_length():
    longer, higher = aug.stretch(TONE, 1.25), aug.change_pitch(TONE, 4)
    assert len(longer) == pytest.approx(10_000, abs=64) and frequency(longer) == pytest.approx(440, abs=2)
    assert len(higher) == 8000 and frequency(higher) == pytest.approx(440 * 2 ** (4 / 12), abs=3)


def test_held_out_voices_are_new():
    """A model that can only know voices by heart must guess on new ones, and succeed on those it knows."""
    voice = np.repeat(np.arange(12), 10)
    y = np.tile(np.arange(10), 12)
    features = np.eye(120)  # every recording is its own feature: nothing carries over between voices
    table = aug.held_out_accuracy({"nothing": features[None]}, {"quiet": features}, y, voice, n_splits=2, n_train=6)
    assert list(table) == ["split", "trained on", "tested on", "accuracy"] and len(table) == 2
    assert (table["accuracy"] <= 0.2).all()


def test_elsewhere_is_tested_whole_in_every_split():
    from sklearn.neighbors import KNeighborsClassifier

    voice, y = np.repeat(np.arange(4), 10), np.tile(np.arange(10), 4)
    features = np.tile(np.eye(10), (4, 1))
    options = {
        "n_splits": 2,
        "n_train": 2,
        "make_model": lambda: KNeighborsClassifier(1),
        "elsewhere": {"somebody": (np.eye(10)[[3, 3, 4]], np.array([3, 3, 5]))},
    }
    table = aug.held_out_accuracy({"nothing": features[None]}, {"quiet": features}, y, voice, **options)
    assert table[table["tested on"] == "somebody"]["accuracy"].tolist() == pytest.approx([2 / 3, 2 / 3])


def spoken(n=8000, start=3000, stop=6000):
    """A tone that begins and ends in silence."""
    return np.where((np.arange(n) >= start) & (np.arange(n) < stop), np.sin(np.arange(n) / 3), 0)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000, 44_100, 48_000])
@pytest.mark.parametrize("kind", ["int16", "int32", "uint8", "float32"])
def test_recordings_are_read_whatever_their_rate_channels_and_numbers(tmp_path, rate, kind):
    from scipy.io import wavfile
    from scipy.signal import resample

    wave = 0.3 * np.clip(resample(spoken(), rate), -1, 1)
    scale = {"int16": 2**15 - 1, "int32": 2**31 - 1, "uint8": 127, "float32": 1}[kind]
    samples = (wave * scale + (128 if kind == "uint8" else 0)).astype(kind)
    wavfile.write(tmp_path / "7-first.WAV", rate, np.stack([samples, samples], axis=1))
    clips, y = aug.read_recordings(tmp_path)
    assert y.tolist() == [7] and np.abs(clips[0]).max() == pytest.approx(0.6, abs=0.05)
    assert len(clips[0]) == pytest.approx(3400, abs=150)


def test_the_bundled_digits_are_trimmed_as_a_learners_would_be():
    for clip in datasets.load_real_digits()[0]:
        assert len(aug.trim_word(clip)) == pytest.approx(len(clip), abs=20)


@pytest.mark.parametrize(
    ("name", "make", "message"),
    [
        ("seven.wav", lambda path: path.write_bytes(b""), "'seven.wav' must begin with the digit that is said"),
        ("77.wav", lambda path: path.write_bytes(b""), "'77.wav' must begin with the digit that is said"),
        ("7.wav", lambda path: path.write_bytes(b"no sound"), "'7.wav' must be an uncompressed WAV file"),
        ("7.wav", lambda path: path.mkdir(), "'7.wav' must be an uncompressed WAV file"),
        ("7.wav", lambda path: write_wav(path, np.zeros(8000)), r"'7.wav' must hold a spoken word \(got silence\)"),
        ("7.wav", lambda path: write_wav(path, np.ones(0)), r"'7.wav' must hold a spoken word \(got silence\)"),
        ("7.wav", lambda path: write_wav(path, spoken(20_000, 100, 19_000)), "'7.wav' must hold one word of at most"),
        ("notes.txt", lambda path: path.write_text("7"), "'recordings' must be a folder with WAV files"),
    ],
)
def test_a_file_that_is_no_spoken_digit_is_named(tmp_path, name, make, message):
    make(tmp_path / name)
    with pytest.raises(ValueError, match=message) as error:
        aug.read_recordings(tmp_path)
    assert "\n" not in str(error.value)


def write_wav(path, samples):
    from scipy.io import wavfile

    wavfile.write(path, 8000, (20_000 * samples).astype("int16"))


def test_changed_features_match_one_batch():
    waves = RNG.standard_normal((30, 7200))
    assert np.allclose(aug.changed_features(waves, lambda waves, rng: -waves, None), aug.word_features(-waves))


def test_plots_show_the_table():
    rows = [(s, r, c, 0.5 + 0.1 * s) for s in range(2) for r in "ab" for c in ("quiet", "café 5 dB", "café 0 dB")]
    table = pd.DataFrame(rows, columns=["split", "trained on", "tested on", "accuracy"])
    assert [text.get_text() for text in aug.plot_grid(table).texts] == ["0.55"] * 6
    aug.plt.figure()
    assert aug.plot_log_mel(np.zeros((88, 24))).get_xlabel() == "time (ms)"
    aug.plt.close("all")


def test_players_carry_their_captions():
    assert "five &lt;5&gt;" in aug.show_audio({"five <5>": TONE[:100]}).data
