"""What long trainings here do alike: matrices to Muon, averaged weights, a rate that falls with what was seen, and a state to go on from."""

import math
import signal
from contextlib import contextmanager
from pathlib import Path

import torch

from muon import Muon, is_matrix


def end(*_):
    raise SystemExit


class LongRun:
    """The training of a model, which may be ended at any time and resumes from its file. SIGTERM ends the loop over `going()` cleanly."""

    def __init__(self, model, file, *, rate, planned, batch, named=None, muon=is_matrix, warm=50, floor=0.01, most_decay=0.997, beta=0.99, weight_decay=0):
        self.model, self.file, self.rate, self.planned, self.batch = model, file, rate, planned, batch
        self.warm, self.floor, self.most_decay = warm, floor, most_decay
        named = list(model.named_parameters()) if named is None else named
        self.parameters = [p for _, p in named]
        self.optimizers = [
            Muon([p for name, p in named if muon(name, p)], lr=rate),
            torch.optim.AdamW([p for name, p in named if not muon(name, p)], lr=rate, betas=(0.9, beta), weight_decay=weight_decay),
        ]
        self.step = self.seen = 0
        saved = torch.load(file) if file.exists() else None
        if saved:
            model.load_state_dict(saved["model"])
            self.step, self.seen = saved["step"], saved["seen"]
            for optimizer, state in zip(self.optimizers, saved["optimizers"]):
                optimizer.load_state_dict(state)
        self.average = saved["average"] if saved else {name: value.detach().clone() for name, value in model.state_dict().items()}
        self.first_seen = self.seen

    @property
    def millions(self):
        return sum(p.numel() for p in self.parameters) / 1e6

    def going(self):
        """-> once for each step that is planned; the state is written at the end, whatever ends it."""
        signal.signal(signal.SIGTERM, end)
        torch.manual_seed(self.step)
        try:
            while self.seen < self.planned:
                yield self.step
        finally:
            self.save()

    def learn(self, loss):
        """One step. The rate rises over the first `warm` steps of a run, and falls as a cosine to `floor` of it at what is planned."""
        warmth = min(1, (self.seen - self.first_seen + self.batch) / (self.warm * self.batch))
        cosine = 0.5 + 0.5 * math.cos(math.pi * self.seen / self.planned)
        for group in (group for optimizer in self.optimizers for group in optimizer.param_groups):
            group["lr"] = self.rate * warmth * (self.floor + (1 - self.floor) * cosine)
        self.model.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
        self.step, self.seen = self.step + 1, self.seen + self.batch
        decay = min(self.most_decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            for name, value in self.model.state_dict().items():
                self.average[name].lerp_(value, 1 - decay)

    @contextmanager
    def averaged(self):
        """The model with its averaged weights, for judging, without gradients."""
        kept = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.model.load_state_dict(self.average)
        self.model.eval()
        try:
            with torch.no_grad():
                yield self.model
        finally:
            self.model.load_state_dict(kept)
            self.model.train()

    def save(self):
        state = {"model": self.model.state_dict(), "average": self.average, "step": self.step, "seen": self.seen}
        torch.save(state | {"optimizers": [optimizer.state_dict() for optimizer in self.optimizers]}, f"{self.file}.part")
        Path(f"{self.file}.part").rename(self.file)
