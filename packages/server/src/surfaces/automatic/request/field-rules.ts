import { nearestName } from '@patchbay/engine'
import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { findActiveScripts } from './scripts.ts'

export type RequestKind = 'txt2img' | 'img2img'

interface FieldRule {
  /** Whether the value asks for nothing: what the field means when it is left out. */
  readonly isIdle: (value: JsonValue) => boolean
  /** What is not done, where the value asks for something. */
  readonly refusal: string
}

const amongst =
  (...values: readonly JsonValue[]) =>
  (value: JsonValue): boolean =>
    values.includes(value)
const isNothing = (value: JsonValue): boolean =>
  ['', 'None', false, 0].includes(value as string) || (Array.isArray(value) && value.length === 0)

/** Fields of AUTOMATIC1111, Forge and SD.Next that change the picture there and that nothing here can follow. */
const refusals: { readonly [field: string]: FieldRule } = {
  styles: { isIdle: isNothing, refusal: 'there are no prompt styles here; write their words into the prompt.' },
  seed_resize_from_h: { isIdle: (size) => Number(size) <= 0, refusal: 'noise of another size cannot be drawn.' },
  seed_resize_from_w: { isIdle: (size) => Number(size) <= 0, refusal: 'noise of another size cannot be drawn.' },
  restore_faces: { isIdle: isNothing, refusal: 'there is no network that restores faces.' },
  tiling: { isIdle: isNothing, refusal: 'pictures that repeat without a seam cannot be made.' },
  s_min_uncond: { isIdle: isNothing, refusal: 'the negative prompt is estimated at every step.' },
  s_churn: { isIdle: isNothing, refusal: 'samplers add no churn.' },
  s_tmin: { isIdle: isNothing, refusal: 'samplers add no churn.' },
  s_tmax: {
    isIdle: (sigma) => isNothing(sigma) || sigma === 'inf' || Number(sigma) >= 999,
    refusal: 'samplers add no churn.',
  },
  s_noise: { isIdle: amongst(1), refusal: 'the noise of a step cannot be scaled; only 1 is done.' },
  firstpass_image: { isIdle: isNothing, refusal: 'a second pass begins at what the first has made.' },
  latent_mask: { isIdle: isNothing, refusal: 'send the mask as "mask".' },
  initial_noise_multiplier: { isIdle: amongst(1), refusal: 'the noise cannot be scaled; only 1 is done.' },
  image_cfg_scale: {
    isIdle: (scale) => isNothing(scale) || scale === 1 || scale === 1.5,
    refusal: 'there is no InstructPix2Pix model here.',
  },
  script_name: { isIdle: isNothing, refusal: 'there are no scripts here.' },
  distilled_cfg_scale: { isIdle: amongst(0, 3.5), refusal: 'there is no distilled guidance here.' },
  hr_cfg: { isIdle: amongst(0, 1), refusal: 'the second pass has the guidance of the first.' },
  hr_distilled_cfg: { isIdle: amongst(0, 3.5), refusal: 'there is no distilled guidance here.' },
  hr_additional_modules: {
    isIdle: (modules) => isNothing(modules) || (Array.isArray(modules) && modules[0] === 'Use same choices'),
    refusal: 'the second pass has the modules of its checkpoint.',
  },
}

/** What belongs to a picture to begin from, which `txt2img` has none of. */
const ofImg2img = ['init_images', 'mask']
/** What belongs to the second pass of `txt2img`. */
const ofTxt2img = ['enable_hr', 'refiner_checkpoint']

/**
 * Fields that no pixel depends on: bookkeeping of the program that they come from, and settings of what is refused
 * above where it is asked for.
 */
export const bookkeepingFields: readonly string[] = [
  'do_not_save_samples',
  'do_not_save_grid',
  'override_settings_restore_afterwards',
  'force_task_id',
  'comments',
  'script_args',
  'alwayson_scripts',
  'user',
]

/** The fields whose values are refused where they ask for something. */
export const refusableFields: readonly string[] = Object.keys(refusals)

/** What a request asks for that is not done here, a sentence for each field. */
export function findRefusals(fields: JsonObject, kind: RequestKind): string[] {
  const elsewhere = kind === 'txt2img' ? ofImg2img : ofTxt2img
  return Object.entries(fields).flatMap(([field, value]): string[] => {
    if (elsewhere.includes(field) && !isNothing(value)) {
      return [`${field}: ${kind} does not read it; send it to /sdapi/v1/${kind === 'txt2img' ? 'img2img' : 'txt2img'}.`]
    }
    if (field === 'alwayson_scripts') return findActiveScripts(value)
    const rule = Object.hasOwn(refusals, field) ? refusals[field] : undefined
    return rule && !rule.isIdle(value) ? [`${field}: ${rule.refusal}`] : []
  })
}

/** A sentence for each field that no program of this kind has: a slip of the pen, most of the time. */
export function notesOnFields(fields: JsonObject, acting: readonly string[]): string[] {
  const known = [...acting, ...refusableFields, ...bookkeepingFields]
  return Object.keys(fields)
    .filter((field) => !known.includes(field))
    .map((field) => {
      const meant = nearestName(field, known)
      return `${field}: there is no such field, and nothing was done with it.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`
    })
}
