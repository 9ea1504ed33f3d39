import { writeParameters } from '@patchbay/nodes/picture-texts'
import { version } from '../../../version.ts'
import type { Planned } from '../request/plan-of.ts'
import { withoutExtension } from '../request/file-names.ts'
import type { AutomaticRequest } from '../request/request.ts'
import { labelsOf } from '../request/samplers.ts'

/** The numbers of each picture: its seed, and that of its variation. */
export interface Seeds {
  readonly seeds: readonly string[]
  readonly variations: readonly string[]
}

/** Each picture has the next seed; with a variation all have the same, and each the next of the variation's. */
export function seedsOf({ seed, variation, count }: Planned['plan'], subseed: string): Seeds {
  const from = (first: string, step: number) =>
    Array.from({ length: count }, (_, index) => String((BigInt(first) + BigInt(index * step)) % 2n ** 64n))
  return {
    seeds: from(String(seed), variation ? 0 : 1),
    variations: from(variation ? String(variation.seed) : subseed, 1),
  }
}

/** What AUTOMATIC1111 says of a picture beyond the usual, by its names. */
export function extraParameters(request: AutomaticRequest, { second, refiner, start }: Planned['plan']) {
  const masked = start.from === 'pictures' ? start.masked : undefined
  const content = ['fill', 'original', 'latent noise', 'latent nothing'][request.inpainting_fill] ?? ''
  return {
    ...(second && {
      ...(request.hr_resize_x === 0 && request.hr_resize_y === 0
        ? { 'Hires upscale': String(request.hr_scale) }
        : { 'Hires resize': `${request.hr_resize_x}x${request.hr_resize_y}` }),
      ...(request.hr_second_pass_steps > 0 && { 'Hires steps': String(request.hr_second_pass_steps) }),
      'Hires upscaler': request.hr_upscaler,
      ...(request.hr_prompt && { 'Hires prompt': request.hr_prompt }),
      ...(request.hr_negative_prompt && { 'Hires negative prompt': request.hr_negative_prompt }),
      ...(request.hr_sampler_name && { 'Hires sampler': request.hr_sampler_name }),
      ...(request.hr_checkpoint_name && { 'Hires checkpoint': request.hr_checkpoint_name }),
    }),
    ...(refiner && {
      Refiner: withoutExtension(refiner.checkpoint),
      'Refiner switch at': String(request.refiner_switch_at),
    }),
    ...(masked && {
      'Mask blur': String(request.mask_blur),
      ...(request.inpaint_full_res && {
        'Inpaint area': 'Only masked',
        'Masked area padding': String(request.inpaint_full_res_padding),
      }),
      ...(request.inpainting_fill !== 1 && { 'Masked content': content }),
    }),
  }
}

/** The text beside each picture. */
export function infotexts(request: AutomaticRequest, plan: Planned['plan'], { seeds, variations }: Seeds): string[] {
  const { sampler, scheduler } = labelsOf(plan.sampling)
  const isChanged = plan.start.from === 'pictures' || plan.second !== undefined
  const { width, height } = plan.start.from === 'nothing' ? plan.start : request
  return seeds.map((seed, index) =>
    writeParameters({
      prompt: request.prompt,
      negative: request.negative_prompt,
      settings: {
        Steps: String(request.steps),
        Sampler: sampler,
        'Schedule type': scheduler,
        'CFG scale': String(request.cfg_scale),
        Seed: seed,
        Size: `${width}x${height}`,
        ...(plan.models.checkpoint && { Model: withoutExtension(plan.models.checkpoint) }),
        ...(plan.models.vae && { VAE: plan.models.vae }),
        ...(plan.variation && {
          'Variation seed': variations[index] ?? '',
          'Variation seed strength': String(plan.variation.strength),
        }),
        ...(isChanged && { 'Denoising strength': String(request.denoising_strength) }),
        ...(plan.models.clipSkip && { 'Clip skip': String(plan.models.clipSkip) }),
        ...(request.eta !== undefined && { Eta: String(request.eta) }),
        ...extraParameters(request, plan),
        Version: `Patchbay ${version}`,
      },
    }),
  )
}
