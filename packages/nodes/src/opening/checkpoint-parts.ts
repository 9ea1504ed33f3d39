import {
  createWeightSource,
  renameWeights,
  requireWeight,
  weightByteLength,
  weightsUnder,
  type Weight,
  type WeightPlace,
  type WeightSource,
} from '@patchbay/onnx'
import { ldmAutoencoderNames } from '../architectures/autoencoder-kl/ldm-names.ts'
import { ldmUnetNames } from '../architectures/unet-2d-condition/ldm-names.ts'
import { openClipWeights, type RenamedWeight } from '../architectures/clip-text/open-clip-names.ts'

/** The models inside a single-file checkpoint, each under the names that diffusers and transformers give its weights. */
export interface CheckpointParts {
  readonly unet?: WeightSource
  readonly autoencoder?: WeightSource
  /** In the order in which their embeddings are joined. */
  readonly textEncoders: readonly TextEncoderPart[]
}
export interface TextEncoderPart {
  readonly kind: 'clip' | 'open-clip'
  readonly weights: WeightSource
}

const textEncoderPrefixes: readonly (readonly [prefix: string, kind: TextEncoderPart['kind']])[] = [
  ['cond_stage_model.transformer.', 'clip'],
  ['cond_stage_model.model.', 'open-clip'],
  ['conditioner.embedders.0.transformer.', 'clip'],
  ['conditioner.embedders.0.model.', 'open-clip'],
  ['conditioner.embedders.1.model.', 'open-clip'],
]

/**
 * Takes a single-file checkpoint apart (the layout of the original Stable Diffusion code and of ComfyUI's saved checkpoints).
 * Nothing is read but names and shapes; OpenCLIP's transposed projection, a few megabytes, is read when asked for.
 */
export function checkpointPartsOf(source: WeightSource): CheckpointParts {
  const unet = ldmUnetOf(source)
  const autoencoder = ldmAutoencoderOf(source)
  const textEncoders = textEncoderPrefixes.flatMap(([prefix, kind]) => {
    const weights = weightsUnder(source, prefix)
    if (weights.names.length === 0) return []
    return [{ kind, weights: kind === 'clip' ? clipWeights(weights) : openClipSource(weights) }]
  })
  return { ...(unet && { unet }), ...(autoencoder && { autoencoder }), textEncoders }
}

/** Text encoders in a file by themselves, or in a whole checkpoint, in the order in which their embeddings are joined. */
export function textEncoderPartsOf(source: WeightSource): readonly TextEncoderPart[] {
  const inside = checkpointPartsOf(source).textEncoders
  if (inside.length > 0) return inside
  const prefix = ['text_encoders.clip_l.transformer.', 'text_encoder.', 'transformer.', 'model.', ''].find(
    (candidate) =>
      source.get(`${candidate}text_model.embeddings.token_embedding.weight`) ??
      source.get(`${candidate}embeddings.token_embedding.weight`) ??
      source.get(`${candidate}token_embedding.weight`),
  )
  if (prefix === undefined) return []
  const weights = prefix === '' ? source : weightsUnder(source, prefix)
  const isOpenClip = weights.names.some((name) => name.startsWith('transformer.resblocks.'))
  return [
    isOpenClip
      ? { kind: 'open-clip', weights: openClipSource(weights) }
      : { kind: 'clip', weights: clipWeights(weights) },
  ]
}

/** A UNet (or ControlNet) under diffusers' names, from a whole checkpoint, a UNet alone, or one that has these names already. */
export function ldmUnetOf(source: WeightSource): WeightSource | undefined {
  if (source.get('conv_in.weight') && source.names.some((name) => name.startsWith('down_blocks.'))) return source
  const prefix = ['model.diffusion_model.', 'diffusion_model.', 'control_model.', ''].find(
    (candidate) => source.get(`${candidate}input_blocks.0.0.weight`) !== undefined,
  )
  if (prefix === undefined) return undefined
  const inside = weightsUnder(source, prefix)
  return renameWeights(inside, ldmUnetNames(inside.names))
}

/** An autoencoder under diffusers' names, from a whole checkpoint, a VAE alone, or one that has these names already. */
export function ldmAutoencoderOf(source: WeightSource): WeightSource | undefined {
  if (source.names.some((name) => name.startsWith('decoder.up_blocks.'))) return renameWeights(source, oldAttentionName)
  const prefix = ['first_stage_model.', ''].find(
    (candidate) => source.get(`${candidate}decoder.conv_in.weight`) !== undefined,
  )
  if (prefix === undefined) return undefined
  const inside = weightsUnder(source, prefix)
  const named = renameWeights(inside, ldmAutoencoderNames(inside.names))
  return createWeightSource(
    named.names.map((name) => withoutPixelAxes(requireWeight(named, name))),
    named,
  )
}

/** Autoencoders saved by diffusers before its attention classes were joined have these names. */
function oldAttentionName(name: string): string {
  return name.replace(/\.attentions\.0\.(query|key|value|proj_attn)\./, (_, part: string) => {
    const renamed = { query: 'to_q', key: 'to_k', value: 'to_v', proj_attn: 'to_out.0' }[part]
    return `.attentions.0.${renamed ?? part}.`
  })
}

/** The attention of the original autoencoder is made of 1×1 convolutions; the same numbers are a linear layer. */
function withoutPixelAxes(weight: Weight): Weight {
  const { shape } = weight
  const isProjection = /\.attentions\.0\.to_(q|k|v|out\.0)\.weight$/.test(weight.name)
  return isProjection && shape.length === 4 ? viewOf(weight, { shape: shape.slice(0, 2) }) : weight
}

/** Very old files, and those of transformers 5, leave out `text_model.`; old ones carry the indices of positions, which are no weights. */
export function clipWeights(source: WeightSource): WeightSource {
  return renameWeights(source, (name) => {
    if (name.endsWith('position_ids')) return undefined
    return /^(embeddings|encoder|final_layer_norm)\./.test(name) ? `text_model.${name}` : name
  })
}

/** The towers of OpenCLIP or OpenAI under transformers' names. */
export function openClipSource(source: WeightSource): WeightSource {
  const weights = source.names.flatMap((from) => {
    const weight = requireWeight(source, from)
    return openClipWeights(from).map((to) => renamed(weight, to))
  })
  return createWeightSource(weights, source)
}

function renamed(weight: Weight, { name, rows, transposed }: RenamedWeight): Weight {
  if (transposed) return transpose(weight, name)
  if (!rows) return viewOf(weight, { name })
  const [first = 0, ...rest] = weight.shape
  const length = weightByteLength(weight) / rows.count
  return viewOf(weight, { name, shape: [first / rows.count, ...rest], range: { begin: rows.index * length, length } })
}

interface View {
  readonly name?: string
  readonly shape?: readonly number[]
  readonly range?: { readonly begin: number; readonly length: number }
}

/** The same bytes under another name or shape, or a stretch of them. The place stays a getter, so that nothing is decoded early. */
function viewOf(weight: Weight, { name = weight.name, shape = weight.shape, range }: View): Weight {
  return {
    name,
    dtype: weight.dtype,
    shape,
    get place(): WeightPlace {
      const { place } = weight
      if (!range) return place
      return place.type === 'file'
        ? { ...place, offset: place.offset + range.begin, length: range.length }
        : { type: 'memory', bytes: place.bytes.subarray(range.begin, range.begin + range.length) }
    },
  }
}

function transpose(weight: Weight, name: string): Weight {
  const [rows = 1, columns = 1] = weight.shape
  const one = createWeightSource([weight])
  return {
    name,
    dtype: weight.dtype,
    shape: [columns, rows],
    get place(): WeightPlace {
      const bytes = one.read(weight.name)
      const size = bytes.byteLength / (rows * columns)
      const turned = new Uint8Array(bytes.byteLength)
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const from = (row * columns + column) * size
          turned.set(bytes.subarray(from, from + size), (column * rows + row) * size)
        }
      }
      return { type: 'memory', bytes: turned }
    },
  }
}
