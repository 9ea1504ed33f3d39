"""Reads the captioned pictures that packages/nodes/src/dataset draws, and varies them."""

import json
from pathlib import Path

import numpy as np
import torch


class Pictures:
    """The pictures of one folder, or of several one after another; their pixels stay on disk until they are asked for."""

    def __init__(self, folders, size=64):
        self.size, self.entries, self.files, self.starts = size, [], [], []
        for folder in map(Path, [folders] if isinstance(folders, (str, Path)) else folders):
            entries = json.loads((folder / "pictures.json").read_text())
            self.starts.append(len(self.entries))
            self.files.append(np.memmap(folder / "pictures.rgba", np.uint8, "r", shape=(len(entries), size, size, 4)))
            self.entries += entries

    def where(self, test):
        return torch.tensor([i for i, entry in enumerate(self.entries) if test(entry)])

    def pixels(self, row):
        """-> [size, size, 4]: red, green and blue multiplied by alpha, and alpha, 0..255."""
        part = np.searchsorted(self.starts, row, "right") - 1
        return self.files[part][row - self.starts[part]]

    def composed(self, rows, background):
        """-> [rows, 3, size, size] in -1..1 over a background of shape [rows or 1, 3, 1, 1] in 0..1."""
        pixels = torch.from_numpy(np.stack([self.pixels(row) for row in rows.tolist()])).permute(0, 3, 1, 2).float() / 255
        return (pixels[:, :3] + (1 - pixels[:, 3:]) * background) * 2 - 1


WHITE = torch.ones(1, 3, 1, 1)


def shifted(pictures, most, generator=None):
    """Each picture moved by up to `most` pixels, its border colour repeated."""
    size = pictures.shape[-1]
    padded = torch.nn.functional.pad(pictures, (most,) * 4, mode="replicate")
    moves = torch.randint(0, 2 * most + 1, (len(pictures), 2), generator=generator)
    return torch.stack([padded[i, :, y : y + size, x : x + size] for i, (y, x) in enumerate(moves.tolist())])


def sheet(pictures, columns, path):
    from PIL import Image

    pictures = ((pictures.clamp(-1, 1) + 1) * 127.5).round().byte()
    rows = -(-len(pictures) // columns)
    size = pictures.shape[-1]
    canvas = np.full((rows * (size + 2), columns * (size + 2), 3), 128, np.uint8)
    for i, picture in enumerate(pictures):
        y, x = (i // columns) * (size + 2), (i % columns) * (size + 2)
        canvas[y : y + size, x : x + size] = picture.permute(1, 2, 0).numpy()
    Image.fromarray(canvas).save(path)
