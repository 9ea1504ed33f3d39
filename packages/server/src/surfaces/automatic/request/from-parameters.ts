import { type JsonObject, type JsonValue, given } from '@patchbay/engine/workflow'
import type { Parameters } from '@patchbay/nodes/picture-texts'

/** Fields of a request by the names that the text of a picture has for them. */
const texts: { readonly [name: string]: string } = {
  Sampler: 'sampler_name',
  'Schedule type': 'scheduler',
  'Hires upscaler': 'hr_upscaler',
  'Hires prompt': 'hr_prompt',
  'Hires negative prompt': 'hr_negative_prompt',
  'Hires sampler': 'hr_sampler_name',
  'Hires schedule type': 'hr_scheduler',
  'Hires checkpoint': 'hr_checkpoint_name',
  Refiner: 'refiner_checkpoint',
}
const numbers: { readonly [name: string]: string } = {
  Steps: 'steps',
  'CFG scale': 'cfg_scale',
  'Variation seed strength': 'subseed_strength',
  'Denoising strength': 'denoising_strength',
  'Clip skip': 'clip_skip',
  Eta: 'eta',
  'Hires upscale': 'hr_scale',
  'Hires steps': 'hr_second_pass_steps',
  'Refiner switch at': 'refiner_switch_at',
}
const seeds: { readonly [name: string]: string } = { Seed: 'seed', 'Variation seed': 'subseed' }
const sizes: { readonly [name: string]: readonly [width: string, height: string] } = {
  Size: ['width', 'height'],
  'Hires resize': ['hr_resize_x', 'hr_resize_y'],
  'Seed resize from': ['seed_resize_from_w', 'seed_resize_from_h'],
}
/** What says something of the picture and nothing of how it is made. */
const remarks =
  /^(Version|.*hash(es)?|Created Date|Civitai .*|Template|Negative Template|User|Batch size|Batch pos|RNG|Downcast alphas_cumprod|Pad conds|Sigma schedule.*|Discard penultimate sigma|Model|VAE|Mask blur|Inpaint area|Masked .*|Inpaint padding|Hires Module .*|Module \d+|Cache .*|Lora hashes|TI|Hires CFG Scale|Emphasis|Workflow|NGMS|Source Identifier|Size-\d)$/i

export interface FieldsOfParameters {
  readonly fields: JsonObject
  /** Settings that no field says, a sentence each. */
  readonly problems: readonly string[]
}

/** The request that would make a picture again, of the text beside it. */
export function fieldsOf({ prompt, negative, settings }: Parameters): FieldsOfParameters {
  const problems: string[] = []
  const entries = Object.entries(settings).flatMap(([name, value]): [string, JsonValue][] => {
    const said = entriesOf(name, value)
    if (said) return said
    if (!remarks.test(name) && !isIdle(value)) problems.push(`"${name}: ${value.slice(0, 80)}" is not followed here.`)
    return []
  })
  const fields: JsonObject = Object.fromEntries(entries)
  const isSecond = Object.keys(settings).some((name) => /^Hires (upscale|upscaler|resize|steps)$/.test(name))
  return {
    fields: {
      ...fields,
      prompt,
      negative_prompt: negative,
      ...(isSecond && { enable_hr: true }),
      override_settings: given({ sd_model_checkpoint: settings['Model'], sd_vae: settings['VAE'] }),
    },
    problems,
  }
}

function entriesOf(name: string, value: string): [string, JsonValue][] | undefined {
  const [text, number, seed, size] = [texts, numbers, seeds, sizes].map((fields) =>
    Object.hasOwn(fields, name) ? fields[name] : undefined,
  )
  if (typeof text === 'string') return [[text, value]]
  if (typeof number === 'string') return Number.isFinite(Number(value)) ? [[number, Number(value)]] : undefined
  if (typeof seed === 'string') return /^\d{1,20}$/.test(value) ? [[seed, exact(value)]] : undefined
  const [, across, down] = /^(\d+)\s*x\s*(\d+)$/i.exec(value) ?? []
  if (!Array.isArray(size) || across === undefined || down === undefined) return undefined
  const [width = '', height = ''] = size as readonly string[]
  return [
    [width, Number(across)],
    [height, Number(down)],
  ]
}

const exact = (seed: string): JsonValue => (Number.isSafeInteger(Number(seed)) ? Number(seed) : seed)
const isIdle = (value: string): boolean => ['', '0', 'None', 'False', 'false'].includes(value)
