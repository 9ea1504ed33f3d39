"""Wav2Lip's generator (Prajwal et al. 2020): a face whose lower half is hidden, the same face whole, and 0.2 s of sound give the face that speaks.

Widths and size are parameters; (32, 64, 128, 256, 512), 384 and 96 are the published ones. Names are those of the published files."""

import torch
from torch import nn

PUBLISHED = dict(size=96, widths=(32, 64, 128, 256, 512), middle=384)


class Conv2d(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, padding, residual=False):
        super().__init__()
        self.conv_block = nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.BatchNorm2d(outputs))
        self.residual = residual

    def forward(self, x):
        y = self.conv_block(x)
        return torch.relu(y + x if self.residual else y)


class Conv2dTranspose(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, padding, output_padding=0):
        super().__init__()
        self.conv_block = nn.Sequential(nn.ConvTranspose2d(inputs, outputs, kernel, stride, padding, output_padding), nn.BatchNorm2d(outputs))

    def forward(self, x):
        return torch.relu(self.conv_block(x))


def residuals(channels, count):
    return [Conv2d(channels, channels, 3, 1, 1, residual=True) for _ in range(count)]


def down(inputs, outputs, count):
    return nn.Sequential(Conv2d(inputs, outputs, 3, 2, 1), *residuals(outputs, count))


def up(inputs, outputs, count):
    return nn.Sequential(Conv2dTranspose(inputs, outputs, 3, 2, 1, 1), *residuals(outputs, count))


class Wav2Lip(nn.Module):
    def __init__(self, size=96, widths=(32, 64, 128, 256, 512), middle=384):
        super().__init__()
        a, b, c, d, e = widths
        least = size // 32  # the side of the smallest map: the face is halved five times
        self.face_encoder_blocks = nn.ModuleList([
            nn.Sequential(Conv2d(6, a // 2, 7, 1, 3)),
            down(a // 2, a, 2),
            down(a, b, 3),
            down(b, c, 2),
            down(c, d, 2),
            down(d, e, 1),
            nn.Sequential(Conv2d(e, e, least, 1, 0), Conv2d(e, e, 1, 1, 0)),
        ])
        self.audio_encoder = nn.Sequential(
            Conv2d(1, a, 3, 1, 1), *residuals(a, 2),
            Conv2d(a, b, 3, (3, 1), 1), *residuals(b, 2),
            Conv2d(b, c, 3, 3, 1), *residuals(c, 2),
            Conv2d(c, d, 3, (3, 2), 1), *residuals(d, 1),
            Conv2d(d, e, 3, 1, 0), Conv2d(e, e, 1, 1, 0),
        )  # fmt: skip
        self.face_decoder_blocks = nn.ModuleList([
            nn.Sequential(Conv2d(e, e, 1, 1, 0)),
            nn.Sequential(Conv2dTranspose(2 * e, e, least, 1, 0), *residuals(e, 1)),
            up(2 * e, e, 2),
            up(e + d, middle, 2),
            up(middle + c, d, 2),
            up(d + b, c, 2),
            up(c + a, b, 2),
        ])
        self.output_block = nn.Sequential(Conv2d(b + a // 2, a, 3, 1, 1), nn.Conv2d(a, 3, 1, 1, 0), nn.Sigmoid())

    def forward(self, sound, face):
        """sound [n, 1, 80, 16]; face [n, 6, size, size]: blue, green and red with the lower half zero, and whole; gives [n, 3, size, size]."""
        maps = []
        for block in self.face_encoder_blocks:
            face = block(face)
            maps.append(face)
        x = self.audio_encoder(sound)
        for block in self.face_decoder_blocks:
            x = torch.cat([block(x), maps.pop()], dim=1)
        return self.output_block(x)
