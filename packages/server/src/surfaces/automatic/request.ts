import { z } from 'zod'
import { Failure } from '../../failure.ts'

const body = z.looseObject({
  prompt: z.string().max(32_000).default(''),
  negative_prompt: z.string().max(32_000).default(''),
  steps: z.int().min(1).max(1000).default(20),
  cfg_scale: z.number().min(0).max(100).default(7),
  width: z.int().min(16).max(8192).default(512),
  height: z.int().min(16).max(8192).default(512),
  seed: z.union([z.int(), z.string().regex(/^\d{1,20}$/)]).default(-1),
  batch_size: z.int().min(1).max(64).default(1),
  n_iter: z.int().min(1).max(64).default(1),
  sampler_name: z.string().max(100).optional(),
  /** The older name of `sampler_name`, read where that is left out. */
  sampler_index: z.string().max(100).default('Euler'),
  scheduler: z.string().max(100).optional(),
  init_images: z.array(z.string()).max(1).optional(),
  denoising_strength: z.number().min(0).max(1).default(0.75),
  mask: z.string().optional(),
  inpainting_mask_invert: z.union([z.int(), z.boolean()]).default(0),
  override_settings: z.looseObject({ sd_model_checkpoint: z.string().optional() }).optional(),
})

/** What a client asks for, with the defaults of AUTOMATIC1111 where it says nothing. */
export type AutomaticRequest = z.infer<typeof body>

/** @throws {Failure} `invalid-request` that names each field that is of another type or out of its range. */
export function automaticRequest(sent: unknown): AutomaticRequest {
  const asked = body.safeParse(withoutNulls(sent))
  if (asked.success) return asked.data
  throw new Failure(
    'invalid-request',
    asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; '),
    { hint: 'Names and ranges are those of AUTOMATIC1111; what is left out has its default.' },
  )
}

/** Clients send null for each field that they leave open. */
function withoutNulls(sent: unknown): unknown {
  if (typeof sent !== 'object' || sent === null || Array.isArray(sent)) return sent
  return Object.fromEntries(
    Object.entries(sent).flatMap(([name, value]) => (value === null ? [] : [[name, withoutNulls(value)]])),
  )
}
