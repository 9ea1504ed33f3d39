"""Muon (Jordan et al. 2024): momentum, then the nearest orthogonal matrix by Newton-Schulz iterations; AdamW for everything that is no matrix."""

import torch


@torch.no_grad()
def orthogonal(matrix, iterations=4):
    """The iterations run on the Gram matrix of the shorter side: all iterates are polynomials of it times the matrix, and it is small."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (x.norm() + 1e-7)
    gram, product = x @ x.T, None
    for _ in range(iterations):
        polynomial = b * gram + c * gram @ gram
        polynomial.diagonal().add_(a)
        product = polynomial if product is None else polynomial @ product
        gram = polynomial @ gram @ polynomial
    x = product @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


class Muon(torch.optim.Optimizer):
    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.0):
        super().__init__(parameters, dict(lr=lr, momentum=momentum, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                momentum = state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                update = p.grad.lerp(momentum, group["momentum"])
                update = orthogonal(update.flatten(1)).reshape(p.shape)
                rows, columns = p.shape[0], p[0].numel()
                p.mul_(1 - group["lr"] * group["weight_decay"])
                p.add_(update, alpha=-group["lr"] * 0.2 * max(rows, columns) ** 0.5)  # root mean square as AdamW's (Liu et al. 2025)


def is_matrix(name, parameter):
    return parameter.ndim >= 2 and min(parameter.shape[0], parameter[0].numel()) >= 8
