"""Weights and inputs of reference models, which both sides compute from names, so that vectors hold configs and outputs only."""
import numpy as np
import torch


def uniform(name, count):
    """Numbers in [-1, 1): FNV-1a of the name, then a murmur finaliser of seed + index."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        x = np.arange(count, dtype=np.uint32) * np.uint32(2654435761) + np.uint32(seed)
        x ^= x >> np.uint32(16)
        x *= np.uint32(0x85EBCA6B)
        x ^= x >> np.uint32(13)
        x *= np.uint32(0xC2B2AE35)
        x ^= x >> np.uint32(16)
    return (x.astype(np.float64) / 2147483648.0 - 1.0).astype(np.float32)


def value(name, shape):
    """Weights of layers keep the spread of what they are given; norms are near 1; biases are small."""
    count = int(np.prod(shape))
    x = uniform(name, count)
    if len(shape) >= 2:
        x *= np.float32(np.sqrt(3.0 / (count / shape[0])))
    elif name.endswith("weight"):
        x = np.float32(1) + np.float32(0.1) * x
    else:
        x *= np.float32(0.1)
    return torch.from_numpy(x.reshape(shape))


def fill(model):
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(value(name, tuple(parameter.shape)))
    return model.eval()


def given(name, *shape):
    return torch.from_numpy(uniform(name, int(np.prod(shape))).reshape(shape)) * 1.7


def result(model, outputs, config):
    flat = lambda tensor: [float(np.float32(x)) for x in tensor.detach().flatten()]
    return {"config": config, "weights": {n: list(p.shape) for n, p in model.named_parameters()},
            "outputs": {k: {"shape": list(v.shape), "values": flat(v)} for k, v in outputs.items()}}
