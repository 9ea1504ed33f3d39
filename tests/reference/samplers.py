"""Records samplers and schedules of k-diffusion, diffusers and papers on a closed-form denoiser: vectors/samplers.json.

The denoiser is the posterior mean of a mixture of three Gaussians, element by element, so that both sides compute the same
function without a model. Step noise is a formula of the draw's ordinal, so that no generator is involved.
Run: python tests/reference/samplers.py
"""

import inspect
import json
import math
import pathlib
import sys
import types

# k-diffusion's evaluation module asks for CLIP, which sampling does not use.
sys.modules.setdefault("clip", types.ModuleType("clip"))

import diffusers
import k_diffusion
import scipy
import scipy.stats
import torch
from diffusers import (
    DDIMScheduler,
    DDPMScheduler,
    DEISMultistepScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    FlowMatchEulerDiscreteScheduler,
    LCMScheduler,
    LTXEulerAncestralRFScheduler,
    UniPCMultistepScheduler,
)
from diffusers.schedulers import scheduling_ltx_euler_ancestral_rf as rectified_flow_module
from k_diffusion import sampling

from paper_samplers import PAPER_SAMPLERS

versions = {"torch": torch.__version__, "k_diffusion": "0.1.1.post1", "diffusers": diffusers.__version__, "scipy": scipy.__version__}
print(versions, "no seed: start and noise are formulas")

SIZE = 16
STEPS = 20
MEANS = [-1.0, 0.2, 1.5]
SPREAD = 0.3
BETAS = dict(num_train_timesteps=1000, beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")


def denoise(x, sigma):
    variance = SPREAD**2 + sigma**2
    logits = torch.stack([-((x - m) ** 2) / (2 * variance) for m in MEANS])
    weights = torch.softmax(logits, 0)
    return sum(w * (m * sigma**2 + x * SPREAD**2) / variance for w, m in zip(weights, MEANS))


def model(x, sigma):
    return denoise(x, sigma.reshape(-1, *[1] * (x.ndim - 1)))


def unit_noise(draw):
    return torch.tensor([math.sqrt(2) * math.sin(1 + 78.233 * draw + 12.9898 * j) for j in range(SIZE)], dtype=torch.float64).float().reshape(1, SIZE)


def start(sigma):
    return unit_noise(1000) * sigma


class Noise:
    def __init__(self):
        self.draws = 0

    def __call__(self, *_):
        self.draws += 1
        return unit_noise(self.draws - 1)


def training_sigmas():
    betas = torch.linspace(BETAS["beta_start"] ** 0.5, BETAS["beta_end"] ** 0.5, 1000, dtype=torch.float64) ** 2
    signals = torch.cumprod(1 - betas, 0)
    return ((1 - signals) / signals) ** 0.5


table = training_sigmas()
low, high = float(table[0]), float(table[-1])


def beta_schedule(n):
    # Quantiles of Beta(0.6, 0.6) over the training timesteps, as the paper has it.
    places = scipy.stats.beta.ppf([1 - i / n for i in range(n)], 0.6, 0.6) * 999
    return [float(table[int(round(p))]) for p in places] + [0.0]


class Discrete(k_diffusion.external.DiscreteSchedule):
    def __init__(self):
        super().__init__(table.float(), quantize=False)


schedules = {
    "karras": sampling.get_sigmas_karras(STEPS, low, high).tolist(),
    "exponential": sampling.get_sigmas_exponential(STEPS, low, high).tolist(),
    "normal": Discrete().get_sigmas(STEPS).tolist(),
    "beta": beta_schedule(STEPS),
}

# diffusers' timesteps for the two schedules that are lists of whole timesteps.
trailing = EulerDiscreteScheduler(**BETAS, timestep_spacing="trailing")
trailing.set_timesteps(STEPS)
schedules["simple"] = trailing.sigmas.tolist()
leading = EulerDiscreteScheduler(**BETAS, timestep_spacing="leading", steps_offset=1)
leading.set_timesteps(STEPS)
schedules["ddim_uniform"] = leading.sigmas.tolist()

zero = EulerDiscreteScheduler(**BETAS, rescale_betas_zero_snr=True, prediction_type="v_prediction")
cosine = EulerDiscreteScheduler(num_train_timesteps=1000, beta_schedule="squaredcos_cap_v2")
linear = EulerDiscreteScheduler(num_train_timesteps=1000, beta_start=0.0001, beta_end=0.02, beta_schedule="linear")


def sampled_table(scheduler):
    sigmas = ((1 - scheduler.alphas_cumprod) / scheduler.alphas_cumprod) ** 0.5
    return {str(i): float(sigmas[i]) for i in (0, 1, 250, 500, 750, 998, 999)}


tables = {
    "scaled_linear": sampled_table(EulerDiscreteScheduler(**BETAS)),
    "linear": sampled_table(linear),
    "squaredcos_cap_v2": sampled_table(cosine),
    "zero_terminal_snr": sampled_table(zero),
}

K_SAMPLERS = [
    "euler", "euler_ancestral", "heun", "dpm_2", "dpm_2_ancestral", "lms", "dpmpp_2s_ancestral", "dpmpp_sde",
    "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde",
]


def run_k_diffusion(name, sigmas):
    sigmas = torch.tensor(sigmas)
    x = start(float(sigmas[0]))
    options = {"disable": True}
    function = getattr(sampling, "sample_" + name.removesuffix("_heun"))
    if name.endswith("_heun"):
        options["solver_type"] = "heun"
    elif name == "dpmpp_2m_sde":
        options["solver_type"] = "midpoint"
    if "noise_sampler" in inspect.signature(function).parameters:
        options["noise_sampler"] = Noise()
    if name == "dpm_fast":
        return function(model, x, float(sigmas[-2]), float(sigmas[0]), len(sigmas) - 1, **options)
    if name == "dpm_adaptive":
        # In double precision: its step sizes hang on differences that single precision rounds away.
        return function(model, x.double(), float(sigmas[-2]), float(sigmas[0]), **options)
    return function(model, x, sigmas, **options)


def run_diffusers(scheduler, ends_with_estimate=False):
    """Runs a variance-preserving scheduler: x there is ours divided by sqrt(1 + sigma^2).

    `ends_with_estimate`: the step to sigma 0 is the estimate itself, where the scheduler would give NaN (UniPC with B1 = h).
    """
    scheduler.set_timesteps(STEPS)
    if hasattr(scheduler, "sigmas"):
        sigmas = [float(s) for s in scheduler.sigmas]
    else:
        signals = [float(scheduler.alphas_cumprod[int(t)]) for t in scheduler.timesteps]
        sigmas = [((1 - a) / a) ** 0.5 for a in signals] + [0.0]
    x = start(sigmas[0]) / (1 + sigmas[0] ** 2) ** 0.5
    for i, timestep in enumerate(scheduler.timesteps):
        scale = (1 + sigmas[i] ** 2) ** 0.5
        clean = denoise(x * scale, torch.tensor(sigmas[i]))
        if ends_with_estimate and sigmas[i + 1] == 0:
            return sigmas, clean
        epsilon = (x * scale - clean) / sigmas[i]
        x = scheduler.step(epsilon, timestep, x).prev_sample
    return sigmas, x


runs = []
for schedule in ("karras", "exponential", "normal", "simple", "beta", "ddim_uniform"):
    for name in K_SAMPLERS + ["dpmpp_2m_sde_heun", "dpm_fast", "dpm_adaptive"]:
        x = run_k_diffusion(name, schedules[schedule])
        runs.append({"source": "k-diffusion", "sampler": name, "schedule": schedule, "x": x.flatten().tolist()})

for schedule in ("karras", "normal"):
    for name, function in PAPER_SAMPLERS.items():
        noise = Noise()
        sigmas = schedules[schedule]
        x = function(
            lambda x, sigma: denoise(x, torch.tensor(sigma, dtype=torch.float64)),
            start(sigmas[0]).double(),
            sigmas,
            lambda: noise().double(),
        )
        runs.append({"source": "its paper", "sampler": name, "schedule": schedule, "x": x.flatten().tolist()})

common = dict(**BETAS, final_sigmas_type="zero")
for spacing in ("karras", "normal"):
    options = dict(common, use_karras_sigmas=spacing == "karras", timestep_spacing="linspace")
    candidates = {
        "uni_pc": UniPCMultistepScheduler(**options, solver_order=3, solver_type="bh1"),
        "uni_pc_bh2": UniPCMultistepScheduler(**options, solver_order=3, solver_type="bh2"),
        "dpmpp_2m": DPMSolverMultistepScheduler(**options, solver_order=2, euler_at_final=True),
    }
    for name, scheduler in candidates.items():
        sigmas, x = run_diffusers(scheduler, ends_with_estimate=name == "uni_pc")
        runs.append({"source": "diffusers", "sampler": name, "schedule": spacing, "sigmas": sigmas, "x": x.flatten().tolist()})

sigmas, x = run_diffusers(DDIMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=True, timestep_spacing="trailing"))
runs.append({"source": "diffusers", "sampler": "ddim", "schedule": "simple", "sigmas": sigmas, "x": x.flatten().tolist()})


def run_flow(scheduler, **timesteps):
    scheduler.set_timesteps(**(timesteps or {"num_inference_steps": STEPS}))
    sigmas = [float(s) for s in scheduler.sigmas]
    x = unit_noise(1000)
    for i, timestep in enumerate(scheduler.timesteps):
        sigma = sigmas[i]
        alpha = 1 - sigma
        # The same mixture in flow coordinates: x = alpha * data + sigma * noise.
        clean = unit_noise(1) * 0.7 if alpha == 0 else denoise(x / alpha, torch.tensor(sigma / alpha))
        x = scheduler.step((x - clean) / sigma, timestep, x).prev_sample
    return sigmas, x


sigmas, x = run_flow(FlowMatchEulerDiscreteScheduler(shift=3.0))
runs.append({"source": "diffusers", "sampler": "euler", "schedule": "flow", "sigmas": sigmas, "x": x.flatten().tolist()})

drawn = Noise()
rectified_flow_module.randn_tensor = lambda *_, **__: drawn()
sigmas, x = run_flow(LTXEulerAncestralRFScheduler(), sigmas=sigmas)
runs.append({"source": "diffusers", "sampler": "euler_ancestral", "schedule": "flow", "sigmas": sigmas, "x": x.flatten().tolist()})

# Ancestral samplers whose noise comes from a patched generator: torch.randn gives the formula's noise in order.
import diffusers.schedulers.scheduling_ddpm as ddpm_module
import diffusers.schedulers.scheduling_lcm as lcm_module

for name, module, scheduler in (
    ("ddpm", ddpm_module, DDPMScheduler(**BETAS, clip_sample=False, timestep_spacing="trailing", variance_type="fixed_small")),
    ("lcm", lcm_module, LCMScheduler(**BETAS, clip_sample=False, set_alpha_to_one=True, original_inference_steps=50)),
):
    drawn = Noise()
    module.randn_tensor = lambda *_, **__: drawn()
    if name == "lcm":
        # Without the boundary scalings, whose timestep scaling is a trait of consistency models rather than of the sampler.
        scheduler.get_scalings_for_boundary_condition_discrete = lambda t: (torch.tensor(0.0), torch.tensor(1.0))
    sigmas, x = run_diffusers(scheduler)
    runs.append({"source": "diffusers", "sampler": name, "schedule": name, "sigmas": sigmas, "x": x.flatten().tolist()})

document = {
    "versions": versions, "size": SIZE, "means": MEANS, "spread": SPREAD,
    "schedules": schedules, "tables": tables, "runs": runs,
}


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, list):
        return [rounded(v) for v in value]
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    return value


target = pathlib.Path(__file__).parent / "vectors" / "samplers.json"
target.write_text(json.dumps(rounded(document), allow_nan=False).replace('{"source"', '\n{"source"') + "\n")
print("wrote", target.name, target.stat().st_size, "bytes,", len(runs), "runs")
