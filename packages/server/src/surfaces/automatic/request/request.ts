import { readParameters } from '@patchbay/nodes/picture-texts'
import { z } from 'zod'
import { isJsonObject } from '../../../is-json-object.ts'
import { Failure } from '../../../failure.ts'
import { fieldsOf } from './from-parameters.ts'
import { type RequestKind, findRefusals, notesOnFields } from './field-rules.ts'

const prompt = z.string().max(32_000)
const side = z.int().min(8).max(8192)
/** −1 leaves it to the server. */
const seed = z.union([z.int().min(-1), z.string().regex(/^\d{1,20}$/)])
const toggle = z.union([z.boolean(), z.int().min(0).max(1)]).transform(Boolean)

/** The fields that act, with the defaults of AUTOMATIC1111's API. `field-rules.ts` has all others. */
const body = z.looseObject({
  prompt: prompt.default(''),
  negative_prompt: prompt.default(''),
  steps: z.int().min(1).max(1000).default(50),
  cfg_scale: z.number().min(0).max(100).default(7),
  width: side.default(512),
  height: side.default(512),
  seed: seed.default(-1),
  subseed: seed.default(-1),
  subseed_strength: z.number().min(0).max(1).default(0),
  batch_size: z.int().min(1).max(64).default(1),
  n_iter: z.int().min(1).max(64).default(1),
  sampler_name: z.string().max(100).optional(),
  /** The older name of `sampler_name`, read where that is left out. */
  sampler_index: z.string().max(100).default('Euler'),
  scheduler: z.string().max(100).optional(),
  eta: z.number().min(0).max(100).optional(),
  denoising_strength: z.number().min(0).max(1).default(0.75),
  disable_extra_networks: toggle.default(false),
  override_settings: z.record(z.string(), z.unknown()).default({}),
  clip_skip: z.int().min(1).max(24).optional(),
  send_images: toggle.default(true),
  save_images: toggle.default(false),
  infotext: z.string().max(100_000).optional(),

  enable_hr: toggle.default(false),
  firstphase_width: z.int().min(0).max(8192).default(0),
  firstphase_height: z.int().min(0).max(8192).default(0),
  hr_scale: z.number().min(1).max(16).default(2),
  hr_upscaler: z.string().max(200).default('Latent'),
  hr_second_pass_steps: z.int().min(0).max(1000).default(0),
  hr_resize_x: z.int().min(0).max(8192).default(0),
  hr_resize_y: z.int().min(0).max(8192).default(0),
  hr_checkpoint_name: z.string().optional(),
  hr_sampler_name: z.string().optional(),
  hr_scheduler: z.string().optional(),
  hr_prompt: prompt.default(''),
  hr_negative_prompt: prompt.default(''),
  refiner_checkpoint: z.string().default(''),
  refiner_switch_at: z.number().min(0).max(1).default(1),

  init_images: z.array(z.string()).max(64).optional(),
  include_init_images: toggle.default(false),
  resize_mode: z.int().min(0).max(3).default(0),
  mask: z.string().optional(),
  mask_blur: z.number().min(0).max(256).default(4),
  mask_blur_x: z.number().min(0).max(256).optional(),
  mask_blur_y: z.number().min(0).max(256).optional(),
  mask_round: toggle.default(true),
  inpainting_mask_invert: toggle.default(false),
  inpainting_fill: z.int().min(0).max(3).default(0),
  inpaint_full_res: toggle.default(true),
  inpaint_full_res_padding: z.int().min(0).max(4096).default(0),
})

/** What a client asks for, with the defaults of AUTOMATIC1111 where it says nothing. */
export type AutomaticRequest = z.infer<typeof body>

/** The names of the fields that act. */
export const actingFields: readonly string[] = Object.keys(body.shape)

export interface CheckedRequest {
  readonly request: AutomaticRequest
  /** What is told in the answer: fields that do nothing here, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Checks a body of `txt2img` or `img2img`.
 * @throws {Failure} `invalid-request` that names each field that is of another type, out of its range, or asks for what
 * is not done here.
 */
export function automaticRequest(sent: unknown, kind: RequestKind = 'txt2img'): CheckedRequest {
  const given = withInfotext(withoutNulls(sent))
  const asked = body.safeParse(given)
  if (!asked.success) {
    throw new Failure(
      'invalid-request',
      asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; '),
      { hint: 'Names and ranges are those of AUTOMATIC1111; what is left out has its default.' },
    )
  }
  const fields = isJsonObject(given) ? given : {}
  const refused = findRefusals(fields, kind)
  if (refused.length > 0) {
    throw new Failure('invalid-request', refused.join(' '), {
      hint: 'A picture without what was asked for is another picture. Leave these fields out, or run a workflow of your own: POST /api/v1/jobs.',
    })
  }
  return { request: asked.data, notes: notesOnFields(fields, actingFields) }
}

/** `infotext`, the text beside a picture, says what the other fields do not. */
function withInfotext(sent: unknown): unknown {
  if (!isJsonObject(sent) || typeof sent['infotext'] !== 'string' || sent['infotext'].trim() === '') return sent
  const parameters = readParameters(sent['infotext'])
  if (!parameters) {
    throw new Failure('invalid-request', 'infotext: this is not the text beside a picture.', {
      hint: 'Send the text "parameters" of a PNG that AUTOMATIC1111 has written, as /sdapi/v1/png-info gives it.',
    })
  }
  const { fields, problems } = fieldsOf(parameters)
  if (problems.length > 0) {
    throw new Failure('invalid-request', `infotext: ${problems.join(' ')}`, { hint: 'Take these out of the text.' })
  }
  const { infotext: _read, override_settings: overridden, ...own } = sent
  return {
    ...fields,
    ...own,
    override_settings: {
      ...(isJsonObject(fields['override_settings']) && fields['override_settings']),
      ...(isJsonObject(overridden) && overridden),
    },
  }
}

/** Clients send null for each field that they leave open. */
export function withoutNulls(sent: unknown): unknown {
  if (!isJsonObject(sent)) return sent
  return Object.fromEntries(
    Object.entries(sent).flatMap(([name, value]) => (value === null ? [] : [[name, withoutNulls(value)]])),
  )
}
