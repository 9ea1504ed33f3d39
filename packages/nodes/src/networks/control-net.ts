import { numberAt } from '@patchbay/onnx/tensor'
import {
  featureMap,
  float32,
  Graph,
  renameWeights,
  requireFloat32,
  Scope,
  toChannelsFirst,
  type Tensor,
  type WeightSource,
} from '@patchbay/onnx'
import { controlNet, parseControlNetConfig, type ControlNetConfig } from '../architectures/control-net/control-net.ts'
import { keyAt, precisionOf, type Precision } from '../architectures/kinds/precision.ts'
import { expandBatch } from '../architectures/kinds/expand-batch.ts'
import type { NetworkConditioning } from '../architectures/kinds/denoiser.ts'
import { detectUNetConfig, ldmUnetOf } from '../architectures/unet-2d-condition/detect.ts'
import { unetFeeds } from '../architectures/unet-2d-condition/feeds.ts'
import { unetInputs } from '../architectures/unet-2d-condition/inputs.ts'
import { skipShapes } from '../architectures/unet-2d-condition/unet-2d-condition.ts'
import type { Network } from '../diffusion/process/denoiser.ts'
import { sum, hasSameShape } from '../tensor/index.ts'
import { CheckpointError } from '../weights/checkpoint-error.ts'
import { familyOf, type ModelFamily } from '../families/model-family.ts'
import { contentKeyOf, openComponent } from '../weights/component.ts'
import { denoisingNetwork, type DenoisingModel } from './denoising-network.ts'
import type { Sessions } from './sessions.ts'
import { looksLike } from '../weights/looks-like.ts'

/**
 * A ControlNet as chosen in a graph: plain values, so that conditioning which names it can be kept. Nothing is loaded
 * until it is run.
 */
export interface ControlNetModel {
  /** Names the weights: two ControlNets of the same key have the same weights. */
  readonly key: string
  readonly path: string
  readonly family: ModelFamily
  readonly config: ControlNetConfig
  /** Default `exact`. */
  readonly precision?: Precision
}

/** The same ControlNet at a precision. */
export const controlNetAt = (controlNet: ControlNetModel, precision: Precision): ControlNetModel => ({
  ...controlNet,
  key: keyAt(controlNet.key, precision),
  precision,
})

/** A ControlNet at work: what it is shown, and how much it counts. */
export interface AppliedControl {
  readonly controlNet: ControlNetModel
  /**
   * [1 or batch, hintChannels, height · scale, width · scale] in 0 to 1, for latents [batch, channels, height,
   * width].
   */
  readonly hint: Tensor
  readonly strength: number
}

export interface ControlledConditioning extends NetworkConditioning {
  readonly controls?: readonly AppliedControl[]
}

/**
 * Opens a ControlNet (Zhang et al. 2023): a file under the original names or diffusers', or a folder with its config.
 * @throws CheckpointError that says what the file looks like, where it is none
 */
export function openControlNet(path: string): ControlNetModel {
  const { config, weights } = openParts(path)
  const family = familyOf({ architecture: 'unet-2d-condition', config: config.unet, weights })
  return { key: `${contentKeyOf(path)}|control`, path, family, config }
}

/**
 * The network of a model with what ControlNets add to it: each is asked about the same latents, and their answers are
 * summed. Without controls, and at strength 0, it is the model itself.
 */
export function controlledNetwork(sessions: Sessions, model: DenoisingModel): Network<ControlledConditioning> {
  const network = denoisingNetwork(sessions, model)
  return async (x, timestep, { controls = [], ...conditioning }) => {
    // What is changed inside the model's own network is no input of a ControlNet.
    const { added: _, ...shared } = conditioning
    const active = controls.filter(({ strength }) => strength !== 0)
    let residuals: readonly Tensor[] | undefined
    for (const control of active) {
      const own = await residualsOf(sessions, control, x, timestep, shared)
      residuals = residuals ? sumOf(residuals, own, control) : own
    }
    return network(x, timestep, { ...conditioning, ...(residuals && { residuals }) })
  }
}

async function residualsOf(
  sessions: Sessions,
  { controlNet: { key, path, config, precision }, hint, strength }: AppliedControl,
  x: Tensor,
  timestep: number,
  conditioning: NetworkConditioning,
): Promise<readonly Tensor[]> {
  const build = () => ({
    graph: controlNetGraph(config),
    weights: openParts(path).weights,
    ...precisionOf({ precision }),
  })
  return sessions.with({ key, build }, async (session) => {
    const hints = expandBatch(hint, x.shape[0] ?? 1)
    const outputs = await session.run({
      ...unetFeeds(config.unet, x, timestep, conditioning),
      hint: hints,
      strength: float32([], [strength]),
    })
    return residualNames(config).map((name) => requireFloat32(outputs[name], 'The ControlNet'))
  })
}

function sumOf(a: readonly Tensor[], b: readonly Tensor[], { controlNet }: AppliedControl): readonly Tensor[] {
  return a.map((residual, index) => {
    const other = b[index]
    if (!other || a.length !== b.length || !hasSameShape(residual.shape, other.shape)) {
      throw new TypeError(
        `ControlNets of different families cannot act together: ${controlNet.path} (${controlNet.family}) has another structure than the one before it`,
      )
    }
    return sum([
      [1, residual],
      [1, other],
    ])
  })
}

const residualNames = ({ unet }: ControlNetConfig): readonly string[] => [
  ...skipShapes(unet).map((_, index) => `residual.${index}`),
  'residual.middle',
]

/** Gives a residual for each skip connection, in order, and for the middle, last. */
export function controlNetGraph(config: ControlNetConfig): Graph {
  const graph = new Graph()
  const residuals = controlNet(new Scope(graph), config, {
    ...unetInputs(graph, config.unet),
    hint: featureMap(graph.input('hint', 'float32', ['batch', config.hintChannels, 'rows', 'columns'])),
    strength: graph.input('strength', 'float32', []),
  })
  for (const [index, name] of residualNames(config).entries()) {
    const residual = residuals[index]
    if (residual) graph.output(name, toChannelsFirst(residual))
  }
  return graph
}

/** Kinds of control that share a ControlNet's file endings and not its structure. */
const otherKinds: readonly (readonly [sign: RegExp, meaning: string])[] = [
  [/^lora_controlnet$/, 'a Control-LoRA, which is not supported yet: use the full ControlNet it was made from'],
  [/^(control_add_embedding|task_embedding)/, 'a ControlNet for several tasks (union), which is not supported yet'],
  [/^(adapter\.)?body\.\d+\.(block|resnets)/, 'a T2I-Adapter, which is not supported yet'],
]

function openParts(path: string): { readonly weights: WeightSource; readonly config: ControlNetConfig } {
  const component = openComponent(path)
  const { title } = component
  const source = withoutPrefix(component.weights, 'controlnet.')
  const other = otherKinds.find(([sign]) => source.names.some((name) => sign.test(name)))
  if (other) throw new CheckpointError(`${title} is ${other[1]}`)
  const weights = ldmUnetOf(source)
  const detected = weights?.get('controlnet_cond_embedding.conv_in.weight') && detectUNetConfig(weights)
  if (!weights || !detected) {
    throw new CheckpointError(
      `${title} is no ControlNet: it looks like ${looksLike(source, 'LoadControlNet')}; expected the encoder of a UNet with zero convolutions`,
    )
  }
  if (component.config !== undefined) return { weights, config: parseControlNetConfig(component.config, title) }
  return { weights, config: { unet: detected, ...detectHint(weights) } }
}

/** Sizes of the hint's convolutions: each pair of blocks ends in the channels of the next step. */
function detectHint(weights: WeightSource): Pick<ControlNetConfig, 'hintChannels' | 'hintBlockChannels'> {
  const shapeOf = (name: string) => weights.get(`controlnet_cond_embedding.${name}.weight`)?.shape ?? []
  const [first = 16, hintChannels = 3] = shapeOf('conv_in')
  const hintBlockChannels = [first]
  for (let block = 1; shapeOf(`blocks.${block}`).length > 0; block += 2) {
    hintBlockChannels.push(numberAt(shapeOf(`blocks.${block}`), 0))
  }
  return { hintChannels, hintBlockChannels }
}

function withoutPrefix(source: WeightSource, prefix: string): WeightSource {
  if (!source.names.some((name) => name.startsWith(prefix))) return source
  return renameWeights(source, (name) => (name.startsWith(prefix) ? name.slice(prefix.length) : undefined))
}
