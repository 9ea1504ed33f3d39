import {
  featureMap,
  float32,
  Graph,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type FeatureMap,
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import { reshape } from '../tensor/index.ts'
import {
  middleShape,
  skipShapes,
  unet2dCondition,
  type SkipShape,
  type UNet2DConditionInputs,
} from '../architectures/unet-2d-condition/unet-2d-condition.ts'
import {
  coarsestCell,
  takesAestheticScore,
  type UNet2DConditionConfig,
} from '../architectures/unet-2d-condition/config.ts'
import { flopsOf, unetCost } from '../architectures/unet-2d-condition/cost.ts'
import type { Network } from '../diffusion/process/denoiser.ts'
import type { ModelPart } from '../families/checkpoint.ts'
import { exportedModel, refusalOf, runExported } from './exported-graph.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import type { Sessions } from './sessions.ts'

/** What a denoising network is told besides latents and timestep. */
export interface NetworkConditioning {
  /** [1 or batch, tokens, width] */
  readonly embeddings: Tensor
  /** Pooled text, [1 or batch, n]; SDXL. */
  readonly pooled?: Tensor
  /** SDXL's sizes: height, width, crop top, crop left, target height, target width; the refiner's end in a score. */
  readonly sizes?: readonly number[]
  /** Channels beside the latents, [1 or batch, c, height, width]: mask and masked latents of inpainting models. */
  readonly beside?: Tensor
  /** Guidance scale of models distilled from one (LCM: Luo et al. 2023, section 4.1). */
  readonly guidanceScale?: number
  /** What ControlNets add: to each skip connection, in the order of `skipShapes`, and to the middle, last. */
  readonly residuals?: readonly Tensor[]
}

/** A denoising model as chosen in a graph: nothing is loaded until it is run. */
export interface DenoisingModel {
  /** Names the weights: two models of the same key have the same weights. */
  readonly key: string
  readonly part: ModelPart<UNet2DConditionConfig>
  readonly updates: readonly AppliedUpdate[]
}

/** The same weights with the middle's self-attention perturbed (Ahn et al. 2024): its estimate is one to guide away from. */
export function perturbedModel({ key, part, updates }: DenoisingModel): DenoisingModel {
  return { key: `${key}|perturbed`, part: { ...part, config: { ...part.config, perturbed: true } }, updates }
}

/** Names the work of a UNet, to find out how fast a device does it: those of one structure are equally fast. */
export function denoisingWork({
  blockOutChannels,
  transformerLayers,
  crossAttentionDim,
}: UNet2DConditionConfig): string {
  return `UNet ${blockOutChannels.join('-')} × ${transformerLayers.join('-')} × ${crossAttentionDim}`
}

/** The network of a model, run on latents [batch, channels, height, width]. Loads the model at its first call. */
export function denoisingNetwork(sessions: Sessions, model: DenoisingModel): Network<NetworkConditioning> {
  const { config, weights, exported } = model.part
  if (exported?.network !== undefined) return exportedNetwork(sessions, model, exported.network)
  const requestFor = (isControlled: boolean) => ({
    key: isControlled ? `${model.key}|controlled` : model.key,
    build: () => ({
      graph: unetGraph(config, isControlled),
      weights,
      updates: model.updates,
    }),
  })
  const kind = denoisingWork(config)
  const cost = unetCost(config)
  return (x, timestep, conditioning) =>
    sessions.with(requestFor(conditioning.residuals !== undefined), async (session) => {
      const begun = performance.now()
      const sample = conditioning.beside ? joinChannels(x, expandBatch(conditioning.beside, x.shape[0] ?? 1)) : x
      const { prediction } = await session.run({
        ...networkFeeds(config, sample, timestep, conditioning),
        ...residualFeeds(conditioning.residuals ?? []),
      })
      const [batch = 1, , height = 1, width = 1] = x.shape
      sessions.calibration?.record(kind, batch * flopsOf(cost, height * width), (performance.now() - begun) / 1000)
      return requireFloat32(prediction, 'The denoising network')
    })
}

/** The same of a graph that was exported: it takes neither what ControlNets add nor a perturbed middle. */
function exportedNetwork(
  sessions: Sessions,
  { key, part: { config } }: DenoisingModel,
  file: string,
): Network<NetworkConditioning> {
  const request = { key, build: () => exportedModel(file) }
  return async (x, timestep, conditioning) => {
    if (conditioning.residuals) throw refusalOf(file, 'be guided by ControlNets')
    if (config.perturbed) throw refusalOf(file, 'guide away from perturbed attention')
    const cell = coarsestCell(config)
    const [height = 0, width = 0] = x.shape.slice(2)
    if (height % cell !== 0 || width % cell !== 0) {
      throw new RangeError(
        `${width} × ${height} latents do not halve evenly, as the graphs of an ONNX pipeline need: the sides have to be multiples of ${cell}`,
      )
    }
    const sample = conditioning.beside ? joinChannels(x, expandBatch(conditioning.beside, x.shape[0] ?? 1)) : x
    const told = networkFeeds(config, sample, timestep, conditioning)
    const feeds = {
      sample: told['sample'],
      timestep: told['timestep'],
      encoder_hidden_states: told['text'],
      text_embeds: told['pooled'],
      time_ids: told['sizes'],
      timestep_cond: told['guidance'],
    }
    return sessions.with(request, async (session) => {
      const begun = performance.now()
      const results = await runExported(session, file, feeds)
      const flops = (x.shape[0] ?? 1) * flopsOf(unetCost(config), height * width)
      sessions.calibration?.record(denoisingWork(config), flops, (performance.now() - begun) / 1000)
      return results('out_sample', 'sample', 'noise_pred')
    })
  }
}

/** The graph of a UNet with free batch, size and number of tokens; a controlled one takes what ControlNets add. */
export function unetGraph(config: UNet2DConditionConfig, isControlled = false): Graph {
  const graph = new Graph()
  const residual = (name: string, { channels, level }: SkipShape): FeatureMap =>
    featureMap(graph.input(name, 'float32', ['batch', channels, sideAt('height', level), sideAt('width', level)]))
  const inputs = networkInputs(graph, config)
  const control = isControlled && {
    down: skipShapes(config).map((shape, index) => residual(`residual.${index}`, shape)),
    middle: residual('residual.middle', middleShape(config)),
  }
  const prediction = unet2dCondition(new Scope(graph), config, { ...inputs, ...(control && { control }) })
  graph.output('prediction', toChannelsFirst(prediction))
  return graph
}

/** The inputs that a UNet and its ControlNets have in common. */
export function networkInputs(graph: Graph, config: UNet2DConditionConfig): UNet2DConditionInputs {
  const vector = (name: string, size: number): Value => graph.input(name, 'float32', ['batch', size])
  const { addition, guidanceEmbeddingSize } = config
  return {
    sample: featureMap(graph.input('sample', 'float32', ['batch', config.inChannels, 'height', 'width'])),
    timestep: graph.input('timestep', 'float32', ['batch']),
    text: graph.input('text', 'float32', ['batch', 'tokens', config.crossAttentionDim]),
    ...(addition && {
      addition: { pooled: vector('pooled', pooledSize(addition)), sizes: vector('sizes', sizeCount(addition)) },
    }),
    ...(guidanceEmbeddingSize !== undefined && { guidance: vector('guidance', guidanceEmbeddingSize) }),
  }
}

/** The sizes of level 0 are those of the latents; each further level halves them. */
const sideAt = (side: string, level: number): string => (level === 0 ? side : `${side}${level}`)

function residualFeeds(residuals: readonly Tensor[]): Feeds {
  const name = (index: number): string => (index === residuals.length - 1 ? 'middle' : String(index))
  return Object.fromEntries(
    residuals.map(({ shape, data }, index) => [`residual.${name(index)}`, float32(shape, data)]),
  )
}

type Addition = NonNullable<UNet2DConditionConfig['addition']>

const sizeCount = (addition: Addition): number => (takesAestheticScore({ addition }) ? 5 : 6)
const pooledSize = (addition: Addition): number => addition.inputSize - sizeCount(addition) * addition.timeEmbeddingSize

/** Values for `networkInputs`. */
export function networkFeeds(
  config: UNet2DConditionConfig,
  sample: Tensor,
  timestep: number,
  told: NetworkConditioning,
): Feeds {
  const batch = sample.shape[0] ?? 1
  const text = expandBatch(told.embeddings, batch)
  const { addition, guidanceEmbeddingSize } = config
  return {
    sample: sample,
    timestep: float32([batch], new Float32Array(batch).fill(timestep)),
    text: text,
    ...(addition && additionFeeds(addition, batch, told)),
    ...(guidanceEmbeddingSize !== undefined && {
      guidance: float32(
        [batch, guidanceEmbeddingSize],
        repeat(guidanceWaves(told.guidanceScale ?? 7.5, guidanceEmbeddingSize), batch),
      ),
    }),
  }
}

function additionFeeds(addition: Addition, batch: number, { pooled, sizes }: NetworkConditioning): Feeds {
  if (!pooled || !sizes)
    throw new TypeError('This model needs pooled text and sizes: encode the text with its own text encoders')
  const width = pooledSize(addition)
  const text = expandBatch(pooled, batch)
  const told = Float32Array.from({ length: sizeCount(addition) }, (_, index) => sizes[index] ?? 0)
  return { pooled: reshape(text, [batch, width]), sizes: float32([batch, told.length], repeat(told, batch)) }
}

/** Sinusoids of 1000 · (scale − 1), as distilled models were told it (Luo et al. 2023). */
function guidanceWaves(scale: number, width: number): Float32Array {
  const half = width / 2
  const angle = (index: number): number =>
    1000 * (scale - 1) * Math.exp((-Math.log(10000) * (index % half)) / (half - 1))
  return Float32Array.from({ length: width }, (_, index) =>
    index < half ? Math.sin(angle(index)) : Math.cos(angle(index)),
  )
}

/** A batch of one repeated to a batch of this size. Throws a RangeError for a batch of another size. */
export function expandBatch(tensor: Tensor, batch: number): Tensor {
  const [own = 1, ...rest] = tensor.shape
  if (own === batch) return tensor
  if (own !== 1) throw new RangeError(`Conditioning for ${own} latents cannot guide ${batch}`)
  return float32([batch, ...rest], repeat(tensor.data, batch))
}

function repeat(values: Float32Array, times: number): Float32Array {
  const repeated = new Float32Array(values.length * times)
  for (let i = 0; i < times; i++) repeated.set(values, i * values.length)
  return repeated
}

function joinChannels(a: Tensor, b: Tensor): Tensor {
  const [batch = 1, channels = 0, ...size] = a.shape
  const more = b.shape[1] ?? 0
  const pixels = size.reduce((product, side) => product * side, 1)
  const joined = new Float32Array(batch * (channels + more) * pixels)
  for (let item = 0; item < batch; item++) {
    const start = item * (channels + more) * pixels
    joined.set(a.data.subarray(item * channels * pixels, (item + 1) * channels * pixels), start)
    joined.set(b.data.subarray(item * more * pixels, (item + 1) * more * pixels), start + channels * pixels)
  }
  return float32([batch, channels + more, ...size], joined)
}
