import { numberAt } from '@patchbay/onnx/tensor'
import {
  float32,
  Graph,
  renameWeights,
  requireFloat32,
  Scope,
  type Dim,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { detectImageProjection } from '../architectures/ip-adapter/detect.ts'
import { imageProjection, seenBy, type ImageProjection } from '../architectures/ip-adapter/image-projection.ts'
import { crossAttentions } from '../architectures/unet-2d-condition/changes/cross-attentions.ts'
import { imageFrom, type ImageTensor } from '../image/image.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { contentKeyOf } from '../weights/component.ts'
import { looksLike } from '../weights/looks-like.ts'
import { openWeightFile } from '../weights/weight-file.ts'
import type { AppliedChange, DenoisingModel } from './denoising-network.ts'
import { encodePictures, type ImageEncoder } from './image-encoder.ts'
import type { Sessions } from './sessions.ts'

/** An IP-Adapter as opened: nothing is loaded until it is run. */
export interface IPAdapterModel {
  /** Names the weights. */
  readonly key: string
  readonly path: string
  readonly projection: ImageProjection
  /** Cross-attention layers that it has keys and values for. */
  readonly layers: number
}

/** Which layers read the picture: all, or those that carry style, or layout (Wang et al. 2024, InstantStyle). */
export const imagePromptUses = ['all', 'style', 'style and layout'] as const
export type ImagePromptUse = (typeof imagePromptUses)[number]

/** Where SDXL keeps style and layout (Wang et al. 2024, section 4). */
const usedBlocks: Readonly<Record<ImagePromptUse, readonly string[] | undefined>> = {
  all: undefined,
  style: ['up_blocks.0.attentions.1.'],
  'style and layout': ['up_blocks.0.attentions.1.', 'down_blocks.2.attentions.1.'],
}

/**
 * Opens an IP-Adapter (Ye et al. 2023): a .safetensors or .bin of the base, plus or full kind.
 * @throws CheckpointError that says what the file looks like, where it is none, or a kind that is not read
 */
export function openIPAdapter(path: string): IPAdapterModel {
  const source = openWeightFile(path)
  const { title } = source
  const numbers = layerNumbers(source)
  if (source.names.some((name) => /\.(to_q_lora|to_out_lora)\.|^image_proj\.perceiver_resampler\./.test(name))) {
    throw new CheckpointError(
      `${title} is an IP-Adapter for faces (FaceID), which needs the face recognition of InsightFace, and that is not run here: choose ip-adapter-plus-face`,
    )
  }
  const [first = 0] = numbers
  const width = source.get(`ip_adapter.${first}.to_k_ip.weight`)?.shape[1]
  const projection = width === undefined ? undefined : detectImageProjection(source, width)
  if (!projection) {
    throw new CheckpointError(
      `${title} is no IP-Adapter that is known: it looks like ${looksLike(source, 'LoadIPAdapter')}; expected image_proj and ip_adapter.1.to_k_ip, as in ip-adapter_sd15, ip-adapter-plus_sd15, ip-adapter-full-face_sd15 or ip-adapter_sdxl_vit-h`,
    )
  }
  return { key: contentKeyOf(path), path, projection, layers: numbers.length }
}

/** The numbers of the layers, in order: odd ones, for attention to itself is counted and has no weights. */
function layerNumbers({ names }: WeightSource): readonly number[] {
  const found = names.flatMap((name) => /^ip_adapter\.(\d+)\.to_k_ip\.weight$/.exec(name)?.[1] ?? [])
  return found.map(Number).sort((a, b) => a - b)
}

/** What pictures tell a model: tokens for its positive and its negative estimate. */
export interface ImagePrompt {
  /** [1, tokens, width] */
  readonly positive: Tensor
  readonly negative: Tensor
}

export interface ImagePromptOptions {
  /** Whether the tokens of several pictures stand beside each other, or their means are taken. */
  readonly several: 'together' | 'mean'
  readonly signal: AbortSignal
}

/**
 * The tokens of pictures for an adapter; against them stands, as in diffusers, nothing (zeros in place of the
 * embedding), or what CLIP sees in a picture of its mean colour.
 * @throws RangeError where the image tower is not the one that the adapter was trained with
 */
export async function imagePromptOf(
  sessions: Sessions,
  adapter: IPAdapterModel,
  clipVision: ImageEncoder,
  pictures: readonly ImageTensor[],
  { several, signal }: ImagePromptOptions,
): Promise<ImagePrompt> {
  const { projection, path } = adapter
  const output = seenBy(projection)
  if ('file' in clipVision && output !== 'embedding') {
    throw new RangeError(
      `${path} reads what CLIP sees at each place, which an ONNX file does not tell: load the image tower from .safetensors with LoadCLIPVision`,
    )
  }
  const see = async (shown: readonly ImageTensor[]): Promise<Tensor> => {
    const { count, width, values } = await encodePictures(sessions, clipVision, output, shown, { signal })
    const wrong = output === 'embedding' ? width !== projection.inputWidth : width % projection.inputWidth !== 0
    if (wrong) {
      throw new RangeError(
        `${path} takes ${projection.inputWidth} values of what CLIP sees, but ${clipVision.name} gives ${output === 'embedding' ? width : 'another number'}: load the image tower that it was trained with, CLIP-ViT-H-14 for most adapters, CLIP-ViT-bigG-14 for ip-adapter_sdxl and ip-adapter_sd15_vit-G`,
      )
    }
    const places = width / projection.inputWidth
    const rows = several === 'mean' ? meanOf(values, count) : values
    const pictureCount = rows.length / width
    const shape = output === 'embedding' ? [pictureCount, width] : [pictureCount, places, projection.inputWidth]
    return float32(shape, rows)
  }
  const seen = await see(pictures)
  const nothing = output === 'embedding' ? zerosLike(seen) : await see([meanPicture(clipVision)])
  const positive = await project(sessions, adapter, seen)
  const negative = await project(sessions, adapter, nothing)
  return { positive: inOneRow(positive), negative: repeatedRow(inOneRow(negative), inOneRow(positive)) }
}

async function project(sessions: Sessions, { key, path, projection }: IPAdapterModel, seen: Tensor): Promise<Tensor> {
  const build = () => {
    const graph = new Graph()
    const shape: Dim[] = projection.kind === 'pooled' ? ['pictures'] : ['pictures', 'places']
    const input = graph.input('seen', 'float32', [...shape, projection.inputWidth])
    graph.output('tokens', imageProjection(new Scope(graph).at('image_proj'), projection, input))
    return { graph, weights: openWeightFile(path) }
  }
  return sessions.with({ key: `${key}|image-projection`, build }, async (session) => {
    const { tokens } = await session.run({ seen })
    return requireFloat32(tokens, 'The IP-Adapter')
  })
}

/**
 * The change that an adapter makes to a model, by the name that its inputs get.
 * @throws RangeError where the adapter is for a network of another structure, or the network has no layers for the use
 */
export function imagePromptChange(
  { key, path, projection, layers }: IPAdapterModel,
  { part }: DenoisingModel,
  { name, use, isMasked }: { readonly name: string; readonly use: ImagePromptUse; readonly isMasked: boolean },
): AppliedChange {
  if (part.architecture !== 'unet-2d-condition') {
    throw new RangeError(`${path} is for Stable Diffusion 1, 2 or XL, but this model is no UNet: use a model of these`)
  }
  const all = crossAttentions(part.config)
  if (all.length !== layers || part.config.crossAttentionDim !== projection.width) {
    throw new RangeError(
      `${path} is for a UNet with ${layers} cross-attentions over ${projection.width} values, but this model has ${all.length} over ${part.config.crossAttentionDim}: choose the IP-Adapter of the model's family`,
    )
  }
  const blocks = usedBlocks[use]
  const places = blocks ? all.filter((place) => blocks.some((block) => place.startsWith(block))) : all
  if (places.length === 0) {
    throw new RangeError(`Only SDXL has blocks that are known for ${use}: set use to "all" for this model`)
  }
  const weights = renameWeights(openWeightFile(path), (weight) => {
    const found = /^ip_adapter\.(\d+)\.(to_[kv]_ip)\.weight$/.exec(weight)
    const place = found && all[(Number(found[1]) - 1) / 2]
    return place && places.includes(place) ? `${place}.${found[2]}.${name}.weight` : undefined
  })
  return {
    key: `${name}:${key}:${use}${isMasked ? ':masked' : ''}`,
    form: { type: 'image-prompt', name, width: projection.width, places, isMasked },
    weights,
  }
}

function meanOf(values: Float32Array, count: number): Float32Array {
  const width = values.length / count
  const mean = new Float32Array(width)
  for (const [i, value] of values.entries()) mean[i % width] = numberAt(mean, i % width) + value / count
  return mean
}

const zerosLike = ({ shape, data }: Tensor): Tensor =>
  float32([1, ...shape.slice(1)], new Float32Array(data.length / (shape[0] ?? 1)))

/** A picture that is all zeros when the tower has normalised it. */
function meanPicture({ input: { size, mean } }: ImageEncoder): ImageTensor {
  return imageFrom({ batch: 1, height: size, width: size, channels: 3 }, (_, __, ___, channel) =>
    numberAt(mean, channel),
  )
}

/** Tokens of several pictures, one after another. */
function inOneRow({ shape: [pictures = 1, tokens = 0, width = 0], data }: Tensor): Tensor {
  return float32([1, pictures * tokens, width], data)
}

/** The tokens over and over, until they are as many as those of `like`. */
function repeatedRow({ data }: Tensor, like: Tensor): Tensor {
  return float32(
    like.shape,
    Float32Array.from({ length: like.data.length }, (_, i) => numberAt(data, i % data.length)),
  )
}
