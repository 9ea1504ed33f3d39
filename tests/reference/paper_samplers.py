"""Samplers that no reference library has, written down from their papers in double precision, for samplers.py to record.

Each takes denoise(x, sigma), the start, the sigmas (the last is 0) and noise(), and returns the final x. They favour the papers'
formulas over speed: integrals are numerical, lambda is log(1 / sigma).
"""

import math

import torch
from scipy.integrate import quad


def slope(denoise, x, sigma):
    return (x - denoise(x, sigma)) / sigma


def heunpp2(denoise, x, sigmas, noise):
    # The last interval is Euler's, the one before has two slopes, the others three; weights are sigma_k / (count * sigma_0).
    for i in range(len(sigmas) - 1):
        count = min(3, len(sigmas) - 1 - i)
        point, slopes = x, []
        for k in range(count):
            slopes.append(slope(denoise, point, sigmas[i + k]))
            point = point + slopes[-1] * (sigmas[i + k + 1] - sigmas[i + k])
        later = [sigmas[i + k] / (count * sigmas[0]) for k in range(1, count)]
        weights = [1 - sum(later), *later]
        x = x + (sigmas[i + 1] - sigmas[i]) * sum(w * d for w, d in zip(weights, slopes))
    return x


def adams(denoise, x, sigmas, order, variable, even=False):
    slopes = []
    table = {1: [1], 2: [3, -1], 3: [23, -16, 5], 4: [55, -59, 37, -9]}
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        slopes = [(x - denoised) / sigmas[i], *slopes][:order]
        if sigmas[i + 1] == 0:
            return denoised
        if even:
            row = table[len(slopes)]
            weights = [(sigmas[i + 1] - sigmas[i]) * w / sum(row) for w in row]
        else:
            nodes = [variable(sigmas[i - k]) for k in range(len(slopes))]

            def basis(sigma, k):
                at = variable(sigma)
                return math.prod((at - n) / (nodes[k] - n) for j, n in enumerate(nodes) if j != k)

            weights = [quad(basis, sigmas[i], sigmas[i + 1], args=(k,), epsabs=1e-10)[0] for k in range(len(slopes))]
        x = x + sum(w * d for w, d in zip(weights, slopes))
    return x


def vp_time(sigma, earliest=1e-3, low=0.002, high=80.0):
    # log(1 + sigma^2) = beta_d t^2 / 2 + beta_min t, with sigma(earliest) = low and sigma(1) = high.
    a, b = math.log(1 + low**2), math.log(1 + high**2)
    beta_d = 2 * (a / earliest - b) / (earliest - 1)
    beta_min = b - beta_d / 2
    return (-beta_min + math.sqrt(beta_min**2 + 2 * beta_d * math.log(1 + sigma**2))) / beta_d


def gradient_estimation(denoise, x, sigmas, noise, gamma=2.0):
    last = None
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        if sigmas[i + 1] == 0:
            return denoised
        d = (x - denoised) / sigmas[i]
        used = d if last is None else gamma * d + (1 - gamma) * last
        x, last = x + used * (sigmas[i + 1] - sigmas[i]), d
    return x


def res_multistep(denoise, x, sigmas, noise):
    # x(lambda + h) = e^-h x + h (b1 D_n + b2 D_{n-1}), b2 = phi_2(-h) / c2, b1 = phi_1(-h) - b2, c2 = -h_last / h.
    last, h_last = None, None
    for i in range(len(sigmas) - 1):
        denoised = denoise(x, sigmas[i])
        if sigmas[i + 1] == 0:
            return denoised
        h = math.log(sigmas[i] / sigmas[i + 1])
        phi1 = (math.exp(-h) - 1) / -h
        phi2 = (phi1 - 1) / -h
        if last is None:
            x = math.exp(-h) * x + h * phi1 * denoised
        else:
            c2 = -h_last / h
            x = math.exp(-h) * x + h * ((phi1 - phi2 / c2) * denoised + phi2 / c2 * last)
        last, h_last = denoised, h
    return x


def er_sde(denoise, x, sigmas, noise):
    phi = lambda s: s * (math.exp(s**0.3) + 10)
    known = []
    for i in range(len(sigmas) - 1):
        s, t = sigmas[i], sigmas[i + 1]
        denoised = denoise(x, s)
        if t == 0:
            return denoised
        known = [(s, denoised), *known][:3]
        ratio = phi(t) / phi(s)
        out = ratio * x + (1 - ratio) * denoised
        if len(known) > 1:
            d1 = (known[0][1] - known[1][1]) / (known[0][0] - known[1][0])
            out = out + ((t - s) + phi(t) * quad(lambda u: 1 / phi(u), t, s)[0]) * d1
        if len(known) > 2:
            before = (known[1][1] - known[2][1]) / (known[1][0] - known[2][0])
            d2 = 2 * (d1 - before) / (known[0][0] - known[2][0])
            out = out + ((t - s) ** 2 / 2 + phi(t) * quad(lambda u: (u - s) / phi(u), t, s)[0]) * d2
        x = out + math.sqrt(t**2 - s**2 * ratio**2) * noise()
    return x


def seeds(denoise, x, sigmas, noise, stages, eta=1.0):
    # The reverse SDE in lambda: dx = -eta x + (1 + eta)(D - ...) with x(l + h) = e^{-(1+eta)h} x + (1 - e^{-(1+eta)h}) D + noise, whose
    # standard deviation is sigma sqrt(1 - e^{-2 eta h}). One path of noise runs through the stages of a step.
    phi1 = lambda z: (math.exp(z) - 1) / z
    phi2 = lambda z: (phi1(z) - 1) / z
    for i in range(len(sigmas) - 1):
        s, t = sigmas[i], sigmas[i + 1]
        d0 = denoise(x, s)
        if t == 0:
            return d0
        h = math.log(s / t)
        path, reached = torch.zeros_like(x), 0.0

        def extend(r):
            nonlocal path, reached
            gap = (r - reached) * h * eta
            path = math.exp(-gap) * path + math.sqrt(1 - math.exp(-2 * gap)) * noise()
            reached = r
            return path

        def land(r, constant, others):
            # D(l + u h) is taken as D_0 + slope * u; `others` holds the slopes' weights.
            z = -(1 + eta) * r * h
            drift = math.exp(z) * x + -z * phi1(z) * constant
            return drift + sum(weight * -z * phi2(z) * r * change for weight, change in others)

        if stages == 2:
            sigma = s * math.exp(-h / 2)
            d1 = denoise(land(0.5, d0, []) + sigma * extend(0.5), sigma)
            x = land(1, d1, []) + t * extend(1)
        else:
            s1, s2 = s * math.exp(-h / 3), s * math.exp(-2 * h / 3)
            d1 = denoise(land(1 / 3, d0, []) + s1 * extend(1 / 3), s1)
            d2 = denoise(land(2 / 3, d0, [(3, d1 - d0)]) + s2 * extend(2 / 3), s2)
            x = land(1, d0, [(1.5, d2 - d0)]) + t * extend(1)
    return x


# Stable Diffusion's sigmas after a share of 0.2 and of 0.8 of sampling.
NOISY = (5.092408, 0.571189)


def sa_solver(denoise, x, sigmas, noise, reestimates=False, span=NOISY):
    # Xue et al. (2023), Algorithm 1, in lambda = log(1 / sigma): tau is 1 in the span, 0 outside. The order falls to the end of the schedule.
    lam = [math.inf if s == 0 else -math.log(s) for s in sigmas]
    count, estimates, left, added, tau, predicted = len(sigmas) - 1, [], x, 0, 0.0, x

    def adams_part(i, used, tau):
        # sigma_{i+1} * integral of e^((1 + tau^2) lambda) (1 + tau^2) p(lambda) from lambda_i to lambda_{i+1}, scaled to the end.
        rate = 1 + tau**2
        nodes = [lam[j] for j, _ in used]

        def weight(k):
            def f(at):
                basis = math.prod((at - n) / (nodes[k] - n) for j, n in enumerate(nodes) if j != k)
                return rate * math.exp(-rate * (lam[i + 1] - at)) * basis

            return quad(f, lam[i], lam[i + 1], epsabs=1e-12)[0]

        return sum(weight(k) * estimate for k, (_, estimate) in enumerate(used))

    def keep(i, tau):
        return sigmas[i + 1] / sigmas[i] * math.exp(-(tau**2) * (lam[i + 1] - lam[i]))

    for i in range(count):
        estimates = [(i, denoise(predicted, sigmas[i])), *estimates][:4]
        x = predicted
        order = min(4, len(estimates), count - i)
        if i > 0 and (sigmas[i + 1] > 0 or reestimates):
            x = keep(i - 1, tau) * left + adams_part(i - 1, estimates[:order], tau) + added
            if reestimates:
                estimates[0] = (i, denoise(x, sigmas[i]))
        left = x
        if sigmas[i + 1] == 0:
            return estimates[0][1]
        tau = 1.0 if span[0] >= sigmas[i + 1] >= span[1] else 0.0
        predicted = keep(i, tau) * x + adams_part(i, estimates[: min(3, len(estimates), count - 1 - i)], tau)
        added = 0
        if tau > 0:
            added = noise() * sigmas[i + 1] * math.sqrt(-math.expm1(-2 * (lam[i + 1] - lam[i])))
        predicted = predicted + added
    return predicted


def exp_heun(denoise, x, sigmas, noise, eta):
    for i in range(len(sigmas) - 1):
        s, t = sigmas[i], sigmas[i + 1]
        d0 = denoise(x, s)
        if t == 0:
            return d0
        h = math.log(s / t)
        z = -(1 + eta) * h
        added = t * math.sqrt(1 - math.exp(-2 * eta * h)) * noise() if eta else 0
        # D between the ends is linear in lambda; its integral against the kernel is numerical.
        rate = 1 + eta
        late = quad(lambda u: u * rate * h * math.exp(-rate * h * (1 - u)), 0, 1, epsabs=1e-12)[0]
        whole = 1 - math.exp(z)
        d1 = denoise(math.exp(z) * x + whole * d0 + added, t)
        x = math.exp(z) * x + (whole - late) * d0 + late * d1 + added
    return x


PAPER_SAMPLERS = {
    "heunpp2": heunpp2,
    "ipndm": lambda d, x, s, n: adams(d, x, s, 4, None, even=True),
    "ipndm_v": lambda d, x, s, n: adams(d, x, s, 4, lambda sigma: sigma),
    "deis": lambda d, x, s, n: adams(d, x, s, 3, vp_time),
    "gradient_estimation": gradient_estimation,
    "res_multistep": res_multistep,
    "er_sde": er_sde,
    "seeds_2": lambda d, x, s, n: seeds(d, x, s, n, 2),
    "seeds_3": lambda d, x, s, n: seeds(d, x, s, n, 3),
    "sa_solver": sa_solver,
    "sa_solver_pece": lambda d, x, s, n: sa_solver(d, x, s, n, reestimates=True),
    "exp_heun_2_x0": lambda d, x, s, n: exp_heun(d, x, s, n, 0),
    "exp_heun_2_x0_sde": lambda d, x, s, n: exp_heun(d, x, s, n, 1),
}
