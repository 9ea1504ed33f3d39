import { featureMap, type FeatureMap, type Graph, type Value } from '@patchbay/onnx'
import { freeSizes, type DenoiserInputs, type GraphForm, type InputSizes } from '../kinds/denoiser.ts'
import { changeInputs } from './changes/index.ts'
import { pooledSizeOf, sizeCountOf, type UNet2DConditionConfig } from './config.ts'
import { middleShape, skipShapes, type SkipShape } from './unet-2d-condition.ts'

/** The inputs that a UNet and its ControlNets have in common; a controlled UNet takes what ControlNets add besides. */
export function unetInputs(
  graph: Graph,
  config: UNet2DConditionConfig,
  sizes: InputSizes = freeSizes,
  own: Partial<DenoiserInputs> = {},
  { isControlled = false, changes = [] }: GraphForm = {},
): DenoiserInputs {
  const { batch, height, width, tokens } = sizes
  const { addition, guidanceEmbeddingSize: guidanceWidth } = config
  const vector = (name: string, size: number): Value => graph.input(name, 'float32', [batch, size])
  const residual = (name: string, { channels, level }: SkipShape): FeatureMap =>
    featureMap(graph.input(name, 'float32', ['batch', channels, sideAt('height', level), sideAt('width', level)]))
  return {
    sample: own.sample ?? featureMap(graph.input('sample', 'float32', [batch, config.inChannels, height, width])),
    timestep: own.timestep ?? graph.input('timestep', 'float32', [batch]),
    text: own.text ?? graph.input('text', 'float32', [batch, tokens, config.crossAttentionDim]),
    ...(addition && {
      pooled: own.pooled ?? vector('pooled', pooledSizeOf(addition)),
      sizes: own.sizes ?? vector('sizes', sizeCountOf(addition)),
    }),
    ...(guidanceWidth !== undefined && {
      guidance: 'guidance' in own ? own.guidance : vector('guidance', guidanceWidth),
    }),
    ...(isControlled && {
      residuals: [
        ...skipShapes(config).map((shape, index) => residual(`residual.${index}`, shape)),
        residual('residual.middle', middleShape(config)),
      ],
    }),
    ...(changes.length > 0 && { added: changeInputs(graph, changes, sizes) }),
  }
}

/** The sizes of level 0 are those of the latents; each further level halves them. */
const sideAt = (side: string, level: number): string => (level === 0 ? side : `${side}${level}`)
