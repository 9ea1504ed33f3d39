import { addMaps, concatChannels, conv2d, mapValues, ops, type FeatureMap, type Scope } from '@patchbay/onnx'
import { enlarged } from './rrdb.ts'

/** What shapes a residual dense network for super-resolution (Zhang et al. 2018). */
export interface ResidualDenseConfig {
  readonly scale: number
  readonly features: number
  /** Channels that each convolution of a dense block adds. */
  readonly growth: number
  readonly blocks: number
  /** Convolutions in a dense block. */
  readonly convolutions: number
  /** Channels before and after the enlargement's convolutions. */
  readonly upscale: readonly [number, number, number]
  readonly outChannels: number
}

/** An image in 0 to 1, [batch, 3, height, width], enlarged. Weight names are those of the published Keras models. */
export function residualDense(scope: Scope, config: ResidualDenseConfig, image: FeatureMap): FeatureMap {
  const { features: out, growth } = config
  const relu = (map: FeatureMap): FeatureMap => mapValues(map, ops.relu)
  const shallow = conv2d(scope.at('F_m1'), image, { out })
  let x = conv2d(scope.at('F_0'), shallow, { out })
  const results: FeatureMap[] = []
  for (let block = 1; block <= config.blocks; block++) {
    let seen = x
    for (let index = 1; index <= config.convolutions; index++) {
      seen = concatChannels(seen, relu(conv2d(scope.at(`F_${block}_${index}`), seen, { out: growth })))
    }
    x = addMaps(conv2d(scope.at(`LFF_${block}`), seen, { out, kernel: 1 }), x)
    results.push(x)
  }
  const [first, ...rest] = results
  const all = first ? concatChannels(first, ...rest) : x
  const fused = conv2d(scope.at('GFF_2'), conv2d(scope.at('GFF_1'), all, { out, kernel: 1 }), { out })
  const [wide, middle, narrow] = config.upscale
  let h = relu(conv2d(scope.at('UPN1'), addMaps(fused, shallow), { out: wide, kernel: 5 }))
  h = relu(conv2d(scope.at('UPN2'), h, { out: middle }))
  h = conv2d(scope.at('UPN3'), h, { out: narrow })
  return conv2d(scope.at('SR'), enlarged(h, config.scale), { out: config.outChannels })
}
