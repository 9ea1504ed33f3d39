"""Mel spectrograms of half a second of sound, by librosa (Wav2Lip's preset, as its `audio.py` calls it) and by transformers (Whisper's).

python mel_spectrograms.py writes tests/reference/vectors/mel-spectrograms.safetensors; needs librosa and transformers."""

from pathlib import Path

import librosa
import numpy as np
from safetensors.numpy import save_file
from transformers import WhisperFeatureExtractor

RATE = 16_000
time = np.arange(RATE // 2) / RATE
sound = 0.5 * np.sin(2 * np.pi * (200 * time + 3000 * time**2)) + 0.05 * np.random.default_rng(1).standard_normal(len(time))
sound[2000:3500] = 0
sound = sound.astype(np.float32)

emphasised = np.append(sound[0], sound[1:] - 0.97 * sound[:-1])
spectrum = np.abs(librosa.stft(emphasised, n_fft=800, hop_length=200, win_length=800, pad_mode="reflect"))
bands = librosa.filters.mel(sr=RATE, n_fft=800, n_mels=80, fmin=55, fmax=7600) @ spectrum
decibels = 20 * np.log10(np.maximum(1e-5, bands)) - 20
wav2lip = np.clip(8 * ((decibels + 100) / 100) - 4, -4, 4)

whisper = WhisperFeatureExtractor(chunk_length=0.5)(sound, sampling_rate=RATE, return_tensors="np").input_features[0]
there = Path(__file__).parents[2] / "tests/reference/vectors/mel-spectrograms.safetensors"
save_file({"sound": sound, "wav2lip": wav2lip.astype(np.float32), "whisper": np.ascontiguousarray(whisper, np.float32)}, there)
print(there, wav2lip.shape, whisper.shape)
