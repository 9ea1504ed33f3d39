import { featureMap, float32, type Feeds, type Graph, type Tensor, type Value } from '@patchbay/onnx'
import { CheckpointError } from '../../weights/checkpoint-error.ts'
import {
  freeSizes,
  type DenoiserInputs,
  type DenoiserNetwork,
  type InputSizes,
  type NetworkConditioning,
} from './denoiser.ts'
import { expandBatch } from './expand-batch.ts'

/** What the inputs of a denoising transformer are as wide as. */
export interface TransformerWidths {
  readonly channels: number
  /** Channels that it is fed, where something lies beside the latents. */
  readonly inputChannels?: number
  readonly text: number
  readonly pooled?: number | undefined
  /** Whether it is told the guidance scale that it was distilled from. */
  readonly guidance?: boolean
  /** Latents on one side that make one token: sides have to be multiples of it. */
  readonly patch: number
  /** The guidance that it is told where the conditioning says nothing. */
  readonly bestGuidance?: number
}

/** The parts of a `DenoiserNetwork` that all transformers over patches have in common. */
export function transformerNetwork(title: string, widths: TransformerWidths) {
  const { channels, inputChannels = channels, text, pooled, guidance = false, patch } = widths
  return {
    latentChannels: channels,
    inputChannels,
    textWidth: text,
    ...(pooled !== undefined && { pooledWidth: pooled }),
    takesAestheticScore: false,
    cell: patch,
    isWholeCells: true,
    sizeConditioning: () => undefined,
    numberedLayers: () => [],
    exported: {
      inputs: {
        sample: 'hidden_states',
        timestep: 'timestep',
        text: 'encoder_hidden_states',
        pooled: 'pooled_projections',
        guidance: 'guidance',
      },
      outputs: ['out_hidden_states', 'sample', 'out_sample'],
    },
    layerKind,
    inputs(
      graph: Graph,
      { batch, height, width, tokens }: InputSizes = freeSizes,
      own: Partial<DenoiserInputs> = {},
      form: Parameters<DenoiserNetwork['inputs']>[3] = {},
    ): DenoiserInputs {
      if (form.isControlled)
        throw new CheckpointError(
          `ControlNets do not steer ${title} here: they are read for Stable Diffusion 1, 2 and XL`,
        )
      if (form.isPerturbed)
        throw new CheckpointError(`Perturbed-attention guidance is not known for ${title}: set its scale to 0`)
      if (form.changes && form.changes.length > 0)
        throw new CheckpointError(
          `${title} is not changed by IP-Adapter, AlignStyle or other nodes that change a UNet: they are for Stable Diffusion 1, 2 and XL`,
        )
      const vector = (name: string, size: number): Value => graph.input(name, 'float32', [batch, size])
      return {
        sample: own.sample ?? featureMap(graph.input('sample', 'float32', [batch, inputChannels, height, width])),
        timestep: own.timestep ?? graph.input('timestep', 'float32', [batch]),
        text: own.text ?? graph.input('text', 'float32', [batch, tokens, text]),
        ...(pooled !== undefined && { pooled: own.pooled ?? vector('pooled', pooled) }),
        ...(guidance && { guidance: own.guidance ?? graph.input('guidance', 'float32', [batch]) }),
      }
    },
    feeds(sample: Tensor, timestep: number, conditioning: NetworkConditioning): Feeds {
      const [batch = 1, , height = 0, width = 0] = sample.shape
      if (height % patch !== 0 || width % patch !== 0) {
        throw new RangeError(
          `${title} joins ${patch} × ${patch} latents to a token, and ${width} × ${height} latents do not divide: the sides of the picture have to be multiples of ${patch * 8} pixels`,
        )
      }
      const filled = (value: number): Tensor => float32([batch], new Float32Array(batch).fill(value))
      if (pooled !== undefined && conditioning.pooled?.shape.at(-1) !== pooled) {
        throw new TypeError(
          `${title} needs a pooled text of ${pooled} values, but the prompt has ${conditioning.pooled?.shape.at(-1) ?? 'none'}: encode it with the text encoders of its family`,
        )
      }
      return {
        sample,
        timestep: filled(timestep),
        text: expandBatch(conditioning.embeddings, batch),
        ...(pooled !== undefined && conditioning.pooled && { pooled: expandBatch(conditioning.pooled, batch) }),
        ...(guidance && { guidance: filled(conditioning.distilledGuidance ?? widths.bestGuidance ?? 3.5) }),
      }
    },
  }
}

const attention = /\.(attn2?|attention)\.(to_(q|k|v|out\.0|out|add_out|qkv_mlp_proj)|add_[qkv]_proj)$/
const feedForward = /\.(ff(_context)?\..+|feed_forward\.w[123]|proj_mlp|proj_out)$/

function layerKind(layer: string): 'attention' | 'feed-forward' | undefined {
  if (attention.test(layer)) return 'attention'
  return feedForward.test(layer) ? 'feed-forward' : undefined
}
