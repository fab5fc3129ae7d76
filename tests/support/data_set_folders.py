"""Small folders laid out as published data sets are, from their published descriptions."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import yaml

from automix_bench.music.files.multitracks import MUSDB18_VALIDATION

Samples = np.ndarray
TRANSLATIONS = {"electric bass": "bass", "drum set": "drums", "female singer": "vocals"}


@dataclass(frozen=True)
class Expected:
    """What a song of such a folder must be read as.

    Attributes:
        stems: samples (frames, channels) by name.
        mix: the target; None where it is the sum of the stems.
    """

    artist: str
    license: str
    split: str | None
    stems: Mapping[str, Samples]
    mix: Samples | None


@dataclass
class Writer:
    """Writes files of noise whose samples are whole 16-bit steps, so that they are read exactly."""

    root: Path
    rate: int = 44_100
    seconds: float = 1.1
    seed: int = 0

    def sound(self, seconds: float | None = None, channels: int = 2) -> Samples:
        """Noise with a beat, different in every call."""
        self.seed += 1
        frames = round((seconds or self.seconds) * self.rate)
        noise = np.random.default_rng(self.seed).standard_normal((frames, channels))
        beat = np.exp(-6.0 * (np.arange(frames) / self.rate % 0.4))[:, None]
        return np.asarray(np.rint(0.06 * noise * beat * 2**15) / 2**15, np.float32)

    def write(self, path: str, samples: Samples | None = None, **options: object) -> Samples:
        """A file below the root; returns its samples."""
        samples = self.sound() if samples is None else samples
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        chosen = {"subtype": "PCM_16"} if full.suffix in (".wav", ".flac") else {}
        soundfile.write(full, samples, self.rate, **{**chosen, **options})
        return samples

    def text(self, path: str, text: str) -> None:
        """A text file below the root."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")


def mixed(stems: Iterable[Samples], gain: float = 0.75) -> Samples:
    """A released mix that is not the plain sum of the stems; whole 16-bit steps."""
    total = gain * np.sum(list(stems), axis=0)
    return np.asarray(np.rint(total * 2**15) / 2**15, np.float32)


def musdb(root: Path) -> dict[str, Expected]:
    """MUSDB18-HQ: train and test, four stems, mixture.wav; a song of the validation list."""
    writer = Writer(root)
    songs = {"train/A Band - One": "train", "test/Other Band - Two": "test"}
    songs |= {f"train/{MUSDB18_VALIDATION[1]}": "valid"}
    expected = {}
    for folder, split in songs.items():
        names = ("bass", "drums", "other", "vocals")
        stems = {name: writer.write(f"{folder}/{name}.wav") for name in names}
        mix = writer.write(f"{folder}/mixture.wav", mixed(stems.values()))
        artist = folder.partition("/")[2].partition(" - ")[0].lower().replace(" ", "-")
        expected[folder] = Expected(artist, "LicenseRef-MUSDB18", split, stems, mix)
    return expected


def medleydb(root: Path, raw: bool = False) -> dict[str, Expected]:
    """MedleyDB: mix, stems, raw tracks and metadata, in V1 and V2; one song's in `Metadata`."""
    writer = Writer(root)
    songs = {
        "V1/AClassicEducation_NightOwl": "A Classic Education",
        "V1/AClassicEducation_Second": "A Classic Education",
        "V2/MusicDelta_Rock": "Music Delta",
    }
    expected = {}
    for number, (folder, artist) in enumerate(songs.items()):
        name = folder.rpartition("/")[2]
        entries, stems, tracks = {}, {}, {}
        for index, (instrument, stem) in enumerate(TRANSLATIONS.items(), 1):
            file = f"{name}_STEM_{index:02d}.wav"
            stems[stem] = writer.write(f"{folder}/{name}_STEMS/{file}")
            inner = {}
            for take in range(1, 3):
                raw_file = f"{name}_RAW_{index:02d}_{take:02d}.wav"
                sound = writer.sound(channels=1)
                writer.write(f"{folder}/{name}_RAW/{raw_file}", sound)
                tracks[f"{stem}-{take}"] = np.repeat(sound, 2, axis=1)
                inner[f"R{take:02d}"] = {"filename": raw_file, "instrument": instrument}
            entries[f"S{index:02d}"] = {
                "component": "",
                "filename": file,
                "instrument": [instrument] if number == 1 else instrument,
                "raw": inner,
            }
        mix = writer.write(f"{folder}/{name}_MIX.wav", mixed(stems.values()))
        content = {
            "artist": artist,
            "title": name.partition("_")[2],
            "mix_filename": f"{name}_MIX.wav",
            "stem_dir": f"{name}_STEMS",
            "raw_dir": f"{name}_RAW",
            "has_bleed": "no",
            "stems": entries,
            "version": 1.2,
        }
        place = "Metadata" if number == 2 else folder
        writer.text(f"{place}/{name}_METADATA.yaml", yaml.safe_dump(content))
        id = artist.lower().replace(" ", "-")
        used = tracks if raw else stems
        expected[folder] = Expected(id, "CC-BY-NC-SA-4.0", None, used, mix)
    return expected


def moisesdb(root: Path) -> dict[str, Expected]:
    """MoisesDB: a folder per stem, tracks called by their id, `data.json`; no released mix."""
    writer = Writer(root)
    expected = {}
    for song, artist in (("0a1b-44", "The Ärt"), ("77ff-12", "The Ärt"), ("9e9e-90", "Someone")):
        folder, stems, listed = f"moisesdb_v0.1/{song}", {}, []
        for stem, ids in (("vocals", ("ff", "0c")), ("drums", ("b1",)), ("other_keys", ("77",))):
            for number, id in enumerate(ids, 1):
                own = f"{stem}-{number}" if len(ids) > 1 else stem
                stems[own] = writer.write(f"{folder}/{stem}/{id}.wav")
            tracks = [{"id": id, "trackType": "any", "extension": "wav"} for id in ids]
            listed.append({"id": stem, "stemName": stem, "tracks": tracks})
        content = {"artist": artist, "song": f"Song {song}", "genre": "rock", "stems": listed}
        writer.text(f"{folder}/data.json", json.dumps(content))
        id = {"The Ärt": "the-art", "Someone": "someone"}[artist]
        license = "CC-BY-NC-SA-4.0 AND LicenseRef-MoisesDB"
        expected[folder] = Expected(id, license, None, stems, None)
    return expected


def slakh(root: Path, baby: bool = False) -> dict[str, Expected]:
    """Slakh2100-redux (flac, 44.1 kHz, splits, a track omitted), or BabySlakh (wav, 16 kHz)."""
    writer = Writer(root, rate=16_000 if baby else 44_100)
    folders: dict[str, str | None] = {"Track00001": None, "Track00002": None}
    if not baby:
        folders = {
            "train/Track00001": "train",
            "validation/Track01501": "valid",
            "test/Track01876": "test",
            "omitted/Track00049": "omitted",
        }
    suffix = "wav" if baby else "flac"
    classes = {"S00": "Drums", "S01": "Bass", "S02": "Guitar", "S04": "Guitar", "S05": "Synth Pad"}
    names = {"S00": "drums", "S01": "bass", "S02": "guitar-1", "S04": "guitar-2", "S05": "pad"}
    expected = {}
    for folder, split in folders.items():
        sounds = {key: writer.sound(channels=1) for key in classes}
        for key, sound in sounds.items():
            writer.write(f"{folder}/stems/{key}.{suffix}", sound)
        mix = mixed(sounds.values(), gain=1.0)
        writer.write(f"{folder}/mix.{suffix}", mix)
        listed: dict[str, object] = {
            key: {"audio_rendered": True, "inst_class": kind, "is_drum": key == "S00"}
            for key, kind in classes.items()
        }
        listed["S03"] = {"audio_rendered": False, "inst_class": "Sound Effects"}
        content = {"UUID": folder, "audio_dir": "stems", "midi_dir": "MIDI", "stems": listed}
        writer.text(f"{folder}/metadata.yaml", yaml.safe_dump(content))
        writer.text(f"{folder}/all_src.mid", "MThd")
        if split != "omitted":
            stems = {names[key]: sound for key, sound in sounds.items()}
            artist = folder.rpartition("/")[2].lower()
            expected[folder] = Expected(artist, "CC-BY-4.0", split, stems, mix)
    return expected


def cambridge(root: Path) -> dict[str, Expected]:
    """Cambridge-MT: numbered tracks, mono and stereo, with a preview of the mix in the folder or
    beside it, or an unmastered mix."""
    writer = Writer(root)
    previews = {
        "AlexBerin_Azul_Full": "AlexBerin_Azul_Full/AlexBerin_Azul_Full_Preview.wav",
        "AlexBerin_MudPink_Full": "AlexBerin_MudPink_Full_Preview.wav",
        "LeadInside_ThoughtsInMyHead_Full": "LeadInside_ThoughtsInMyHead_Full/Unmastered Mix.wav",
    }
    expected = {}
    for folder, preview in previews.items():
        mono = {name: writer.sound(channels=1) for name in ("01_Kick", "02_Snare", "05_BassDI")}
        stereo = {name: writer.sound() for name in ("03_Overheads", "06_LeadVox1", "07_LeadVox2")}
        for name, sound in {**mono, **stereo}.items():
            writer.write(f"{folder}/{name}.wav", sound)
        wide = {name: np.repeat(sound, 2, axis=1) for name, sound in mono.items()} | stereo
        stems = {
            name.partition("_")[2].lower(): sound for name, sound in wide.items() if name[1] < "6"
        }
        stems |= {"leadvox1": wide["06_LeadVox1"], "leadvox2": wide["07_LeadVox2"]}
        mix = writer.write(preview, mixed(wide.values()))
        artist = folder.partition("_")[0].lower()
        expected[folder] = Expected(artist, "LicenseRef-Cambridge-MT", None, stems, mix)
    return expected


LAYOUTS = {
    "musdb-wav": musdb,
    "medleydb": medleydb,
    "medleydb-raw": lambda root: medleydb(root, raw=True),
    "moisesdb": moisesdb,
    "slakh": slakh,
    "slakh-baby": lambda root: slakh(root, baby=True),
    "cambridge": cambridge,
}
"""What writes a folder of each layout; returns what its songs must be read as, by folder."""


def layout_of(name: str) -> str:
    """The layout in which a folder of `LAYOUTS` is read."""
    return name.removesuffix("-baby")
