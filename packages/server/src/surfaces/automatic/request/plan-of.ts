import type { JsonValue } from '@patchbay/engine/workflow'
import { Failure } from '../../../failure.ts'
import { anySeed } from '../../pictures/text-to-image.ts'
import type { ModelChoice, PicturePlan, PlannedPrompt, SecondPass } from '../graph/plan.ts'
import type { FileNames } from './file-names.ts'
import { readNegative, readPrompt } from './networks.ts'
import type { AutomaticRequest } from './request.ts'
import { type Sampling, samplingOf } from './samplers.ts'
import { type ActingSettings, settingsOf } from './settings.ts'
import { type Sources, wholeSize } from './source-pictures.ts'

/** A plan but for the texts beside its pictures, and what is told about it. */
export interface Planned {
  readonly plan: Omit<PicturePlan, 'saving'> & { readonly saving: Omit<PicturePlan['saving'], 'parameters'> }
  readonly notes: readonly string[]
}

/**
 * What a request becomes. `standing` are the settings that hold for all requests; `sources` is what it begins from.
 * @throws {Failure} `invalid-request` for a name that is not there.
 */
export function planOf(
  request: AutomaticRequest,
  files: FileNames,
  standing: ActingSettings,
  sources?: Sources,
): Planned {
  const settings = { ...standing, ...settingsOf(request.override_settings, 'override_settings') }
  const sampling = samplingOf(request.sampler_name ?? request.sampler_index, request.scheduler)
  const models = modelsOf(request, settings, files)
  const prompt = promptOf(request.prompt, request.negative_prompt, request, files)
  const second = request.enable_hr ? secondPass(request, { models, prompt, sampling }, files) : undefined
  const { width, height } = second ? firstSize(request) : request
  const variation = { seed: drawn(request.subseed), strength: request.subseed_strength }
  const format = settings.samples_format === 'jpg' ? 'jpeg' : settings.samples_format
  const plan = {
    name: request.prompt.slice(0, 80) || 'picture',
    models,
    prompt,
    count: countOf(request),
    seed: drawn(request.seed),
    ...(variation.strength > 0 && { variation: { ...variation, seed: Number(variation.seed) } }),
    sampling,
    steps: request.steps,
    guidanceScale: request.cfg_scale,
    ...(request.eta !== undefined && { eta: request.eta }),
    start: sources
      ? { ...sources, schedule: changeSchedule(request, settings.img2img_fix_steps) }
      : { from: 'nothing' as const, ...wholeSize({ width, height }) },
    ...(second && { second }),
    ...refinerOf(request, files),
    saving: { ...(format && { format }), temporary: !request.save_images },
  }
  return { plan, notes: notesOn(request, sampling) }
}

/** A seed left open is drawn. */
const drawn = (seed: AutomaticRequest['seed']): JsonValue => (seed === -1 ? anySeed() : seed)

const countOf = ({ n_iter: rounds, batch_size: batch, init_images: { length } = [] }: AutomaticRequest): number =>
  rounds * (length > 1 ? length : batch)

function modelsOf(request: AutomaticRequest, settings: ActingSettings, files: FileNames): ModelChoice {
  const { sd_model_checkpoint: checkpoint, sd_vae: vae } = settings
  const clipSkip = request.clip_skip ?? settings.CLIP_stop_at_last_layers ?? 1
  return {
    ...(checkpoint && { checkpoint: files.file('checkpoints', checkpoint) }),
    ...(vae && !['None', 'Automatic'].includes(vae) && { vae: files.file('vae', vae) }),
    ...(clipSkip > 1 && { clipSkip }),
  }
}

function promptOf(prompt: string, negative: string, request: AutomaticRequest, files: FileNames): PlannedPrompt {
  const { text, loras } = readPrompt(prompt, files, request.disable_extra_networks)
  return { text, loras, negative: readNegative(negative, files) }
}

/**
 * The schedule of a run that begins at a picture: of all its steps those that its strength leaves, as AUTOMATIC1111
 * counts them; or, where it is asked to, a longer one of which so many are left.
 */
function changeSchedule({ steps, denoising_strength: strength }: AutomaticRequest, isFixed = false) {
  return isFixed
    ? wholeSchedule(steps, strength)
    : { steps, skipped: steps - 1 - Math.floor(Math.min(strength, 0.999) * steps) }
}
function wholeSchedule(taken: number, strength: number): { steps: number; skipped: number } {
  if (strength === 0) return { steps: taken, skipped: taken }
  const steps = Math.floor(taken / Math.min(strength, 0.999))
  return { steps, skipped: steps - taken }
}

/** Names that say: as in the first pass. */
const asBefore = (name: string | undefined): boolean => !name || name.startsWith('Use same ')

function secondPass(
  request: AutomaticRequest,
  first: { readonly models: ModelChoice; readonly prompt: PlannedPrompt; readonly sampling: Sampling },
  files: FileNames,
): SecondPass {
  const { hr_checkpoint_name: checkpoint, hr_sampler_name: sampler, hr_scheduler: scheduler } = request
  const isSameModel = asBefore(checkpoint)
  const { hr_prompt: prompt, hr_negative_prompt: negative } = request
  const own = asBefore(sampler) ? (request.sampler_name ?? request.sampler_index) : (sampler ?? '')
  return {
    ...largerSize(request),
    by: enlargement(request.hr_upscaler, files),
    models: isSameModel ? first.models : { ...first.models, checkpoint: files.file('checkpoints', checkpoint ?? '') },
    prompt:
      prompt === '' && negative === ''
        ? first.prompt
        : promptOf(prompt || request.prompt, negative || request.negative_prompt, request, files),
    sampling: samplingOf(own, asBefore(scheduler) ? request.scheduler : scheduler),
    schedule: wholeSchedule(request.hr_second_pass_steps || request.steps, request.denoising_strength),
  }
}

/** The older way to say both sizes: the request's is that of the second pass. */
const firstSize = ({ firstphase_width: across, firstphase_height: down, width, height }: AutomaticRequest) =>
  across > 0 && down > 0 ? { width: across, height: down } : { width, height }

function largerSize(request: AutomaticRequest): Pick<SecondPass, 'enlarged' | 'width' | 'height'> {
  const { width, height } = wholeSize(firstSize(request))
  const isOlder = width !== wholeSize(request).width || height !== wholeSize(request).height
  const { hr_resize_x: x, hr_resize_y: y, hr_scale: factor } = request
  const [across, down] = isOlder ? [request.width, request.height] : [x, y]
  if (across === 0 && down === 0) {
    const scaled = wholeSize({ width: Math.floor(width * factor), height: Math.floor(height * factor) })
    return { enlarged: scaled, ...scaled }
  }
  const wanted = wholeSize({
    width: across || Math.floor((down * width) / height),
    height: down || Math.floor((across * height) / width),
  })
  const scale = Math.max(wanted.width / width, wanted.height / height)
  const whole = wholeSize({ width: Math.round(width * scale), height: Math.round(height * scale) })
  const enlarged = { width: Math.max(whole.width, wanted.width), height: Math.max(whole.height, wanted.height) }
  return { enlarged, ...wanted }
}

/** AUTOMATIC1111's ways to enlarge latents. Antialiasing says nothing where nothing gets smaller. */
export const latentModes: { readonly [name: string]: 'bilinear' | 'bicubic' | 'nearest' } = {
  Latent: 'bilinear',
  'Latent (antialiased)': 'bilinear',
  'Latent (bicubic)': 'bicubic',
  'Latent (bicubic antialiased)': 'bicubic',
  'Latent (nearest)': 'nearest',
  'Latent (nearest-exact)': 'nearest',
}
/** Ways to enlarge a picture that need no network. */
export const plainUpscalers: { readonly [name: string]: 'lanczos' | 'nearest' } = {
  None: 'lanczos',
  Lanczos: 'lanczos',
  Nearest: 'nearest',
}

function enlargement(name: string, files: FileNames): SecondPass['by'] {
  const latent = Object.entries(latentModes).find(([mode]) => mode.toLowerCase() === name.toLowerCase())
  if (latent) return { way: 'latents', method: latent[1] }
  const method = Object.hasOwn(plainUpscalers, name) ? plainUpscalers[name] : undefined
  if (method) return { way: 'picture', method }
  return { way: 'picture', method: 'lanczos', upscaler: files.file('upscale_models', name) }
}

function refinerOf(request: AutomaticRequest, files: FileNames): Pick<PicturePlan, 'refiner'> {
  const { refiner_checkpoint: checkpoint, refiner_switch_at: at, steps } = request
  if (['', 'None'].includes(checkpoint) || at >= 1) return {}
  if (request.enable_hr) {
    throw new Failure('invalid-request', 'refiner_checkpoint: no second pass (enable_hr) is made with a refiner.')
  }
  return { refiner: { checkpoint: files.file('checkpoints', checkpoint), afterStep: Math.floor(at * steps) } }
}

function notesOn(request: AutomaticRequest, { sampler }: Sampling): string[] {
  const { width, height } = wholeSize(request)
  return [
    ...(width === request.width && height === request.height
      ? []
      : [`width, height: sides are multiples of 8, so that the picture is ${width} × ${height}.`]),
    ...(sampler === 'ddim' && request.eta ? ['eta: DDIM adds no noise here; ddpm does.'] : []),
    ...(request.init_images && request.mask && request.resize_mode === 3
      ? ['resize_mode: with a mask, pictures are resized rather than latents.']
      : []),
    ...(request.hr_upscaler === 'Latent (nearest-exact)' && request.enable_hr
      ? ['hr_upscaler: "Latent (nearest-exact)" is done as "Latent (nearest)".']
      : []),
  ]
}
