import { exactJson } from '../../comfy/prompt/prompt.ts'
import { version } from '../../../version.ts'
import type { Planned } from '../request/plan-of.ts'
import { withoutExtension } from '../request/file-names.ts'
import type { AutomaticRequest } from '../request/request.ts'
import { labelsOf } from '../request/samplers.ts'
import { type Seeds, extraParameters } from './infotext.ts'

/** `info` of an answer: JSON in a text, with the fields that AUTOMATIC1111's clients read. */
export function infoText(
  request: AutomaticRequest,
  plan: Planned['plan'],
  { seeds, variations }: Seeds,
  { texts, notes }: { readonly texts: readonly string[]; readonly notes: readonly string[] },
): string {
  const { checkpoint, vae, clipSkip = 1 } = plan.models
  const each = <T>(value: T): T[] => seeds.map(() => value)
  return exactJson({
    prompt: request.prompt,
    all_prompts: each(request.prompt),
    negative_prompt: request.negative_prompt,
    all_negative_prompts: each(request.negative_prompt),
    seed: numberOf(seeds[0]),
    all_seeds: seeds.map(numberOf),
    subseed: numberOf(variations[0]),
    all_subseeds: variations.map(numberOf),
    subseed_strength: plan.variation?.strength ?? 0,
    width: request.width,
    height: request.height,
    sampler_name: labelsOf(plan.sampling).sampler,
    cfg_scale: request.cfg_scale,
    steps: request.steps,
    batch_size: request.batch_size,
    restore_faces: false,
    face_restoration_model: null,
    sd_model_name: checkpoint === undefined ? null : withoutExtension(checkpoint),
    sd_model_hash: null,
    sd_vae_name: vae ?? null,
    sd_vae_hash: null,
    seed_resize_from_w: -1,
    seed_resize_from_h: -1,
    denoising_strength: request.denoising_strength,
    extra_generation_params: { 'Schedule type': labelsOf(plan.sampling).scheduler, ...extraParameters(request, plan) },
    index_of_first_image: 0,
    infotexts: texts,
    styles: [],
    job_timestamp: new Date().toISOString().replace(/\D/g, '').slice(0, 14),
    clip_skip: clipSkip,
    is_using_inpainting_conditioning: false,
    version: `Patchbay ${version}`,
    comments: notes.join('\n'),
  })
}

/** A number up to 2^53; beyond it the decimal text, which `exactJson` writes as a number. */
const numberOf = (seed: string | undefined): number | string =>
  Number.isSafeInteger(Number(seed)) ? Number(seed) : String(seed)
