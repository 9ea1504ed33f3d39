import { z } from 'zod'
import { listed, nearestName } from '@patchbay/engine'
import type { JsonValue } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../is-json-object.ts'
import { Failure } from '../../failure.ts'

export type RequestKind = 'generations' | 'edits' | 'variations'

/** A form says numbers and booleans as texts. */
const inForm = <T extends z.ZodType>(schema: T, read: (text: string) => unknown) =>
  z.preprocess((sent) => (typeof sent === 'string' ? read(sent) : sent), schema)
const body = z.object({
  prompt: z.string().min(1).max(32_000),
  model: z.string().max(500).optional(),
  n: inForm(z.int().min(1).max(10), Number).default(1),
  size: z
    .string()
    .regex(/^(\d{2,4}x\d{2,4}|auto)$/, 'expected a width and a height as in "512x512", or "auto"')
    .default('auto'),
  quality: z.enum(['auto', 'standard', 'low', 'medium', 'high', 'hd']).default('auto'),
  response_format: z.enum(['url', 'b64_json']).default('b64_json'),
  output_format: z.enum(['png', 'jpeg', 'webp']).default('png'),
  output_compression: inForm(z.int().min(1).max(100), Number).optional(),
  stream: inForm(z.boolean(), (text) => text === 'true').default(false),
  partial_images: inForm(z.int().min(0).max(3), Number).default(0),
})
export type ImageRequest = z.infer<typeof body>

/** How many steps a quality is; `auto` and `standard` are the steps of the node. */
export const stepsOf: { readonly [quality in ImageRequest['quality']]: number | undefined } = {
  auto: undefined,
  standard: undefined,
  low: 10,
  medium: 20,
  high: 40,
  hd: 40,
}

/** Fields that ask for nothing with these values; with others, for what is not done here. */
const onlyWith: { readonly [field: string]: { readonly values: readonly JsonValue[]; readonly refusal: string } } = {
  background: { values: ['auto', 'opaque'], refusal: 'pictures are opaque here.' },
  style: { values: ['vivid'], refusal: 'write the style into the prompt.' },
  input_fidelity: { values: ['low'], refusal: 'how much of a picture stays cannot be chosen here.' },
}
/** Fields that no pixel depends on. */
const bookkeeping = ['user', 'moderation']
const known = [...Object.keys(body.shape), ...Object.keys(onlyWith), ...bookkeeping]

/**
 * What a request asks for.
 * @throws {Failure} `invalid-request` that names each field that is not there, has another type, is out of its range,
 * or asks for what is not done here.
 */
export function imageRequest(sent: unknown, kind: RequestKind): ImageRequest {
  const given = isJsonObject(sent)
    ? Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== null))
    : sent
  // A variation has no prompt: what is asked for is what is seen.
  const asked = body.safeParse(kind === 'variations' && isJsonObject(given) ? { ...given, prompt: 'a picture' } : given)
  const refused = isJsonObject(given) ? findRefusals(given) : []
  if (asked.success && refused.length === 0) return asked.data
  const mistakes = asked.success
    ? []
    : asked.error.issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`)
  throw new Failure('invalid-request', [...mistakes, ...refused].join('; '), {
    hint: 'A prompt is needed; n is 1 to 10, size as "512x512", response_format "url" or "b64_json".',
  })
}

function findRefusals(fields: { readonly [name: string]: JsonValue }): string[] {
  return Object.entries(fields).flatMap(([field, value]) => {
    const rule = Object.hasOwn(onlyWith, field) ? onlyWith[field] : undefined
    if (rule)
      return rule.values.includes(value) ? [] : [`${field}: ${JSON.stringify(value)} is not done: ${rule.refusal}`]
    if (known.includes(field)) return []
    const meant = nearestName(field, known)
    return [`${field}: there is no such field.${meant === undefined ? '' : ` Did you mean "${meant}"?`}`]
  })
}

/** OpenAI's own models, by which clients mean whatever is there. */
const ownNames = /^(dall-e-[23]|gpt-image-[\w.-]+|chatgpt-image-[\w.-]+)$/

/**
 * The checkpoint of a request; undefined for the default, which none and OpenAI's own names mean.
 * @throws {Failure} `not-found` with the names that there are.
 */
export function checkpointOf(model: string | undefined, checkpoints: readonly string[]): string | undefined {
  if (model === undefined || model === '' || ownNames.test(model)) return checkpoints.find((name) => name === model)
  if (checkpoints.includes(model)) return model
  const meant = nearestName(model, checkpoints)
  throw new Failure(
    'not-found',
    `There is no model "${model}".${meant === undefined ? '' : ` Did you mean "${meant}"?`}`,
    {
      hint: `There are ${listed(checkpoints)}; without a model, or with a name of OpenAI's own such as "gpt-image-1", the default one is taken.`,
    },
  )
}

/** Models work on squares of eight pixels. */
export function sizeOf({ size }: ImageRequest, otherwise: { readonly width: number; readonly height: number }) {
  const [width = otherwise.width, height = otherwise.height] = size === 'auto' ? [] : size.split('x').map(Number)
  const whole = (pixels: number) => Math.min(4096, Math.max(16, Math.round(pixels / 8) * 8))
  return { width: whole(width), height: whole(height) }
}
