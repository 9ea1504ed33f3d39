import { numberAt } from '@patchbay/onnx/tensor'
import {
  conv2d,
  createWeightSource,
  decodedWeight,
  ops,
  requireWeight,
  weightAsFloat32,
  WeightError,
  type FeatureMap,
  type Scope,
  type Value,
  type Weight,
  type WeightSource,
} from '@patchbay/onnx'
import { imageTrunk, mobileNetV2Trunk, relu6 } from './image-trunk.ts'

const headChannels = 1280

/** ImageNet's thousand classes and one for what is none of them, which comes first. */
const classes = 1001

export interface MobileNetV2Outputs {
  /** What the classifier sees, the mean over all places: [batch, 1280]. */
  readonly features: Value
  /** Before the softmax: [batch, 1001]; class 0 is "background". */
  readonly logits: Value
}

/**
 * MobileNetV2 (Sandler et al. 2018) with batch normalisation folded into the convolutions.
 * @param image in -1 to 1, [batch, 3, height, width], sides divisible by 32 (224 as trained)
 */
export function mobileNetV2(scope: Scope, image: FeatureMap): MobileNetV2Outputs {
  const x = imageTrunk(scope, mobileNetV2Trunk, image).at(-1) ?? image
  const head = relu6(conv2d(scope.at('head'), x, { out: headChannels, kernel: 1, padding: 0 }))
  const pooled = ops.globalAveragePool(head.value)
  const logits = conv2d(
    scope.at('classifier'),
    { ...head, value: pooled, height: 1, width: 1 },
    { out: classes, kernel: 1, padding: 0 },
  )
  return { features: ops.squeeze(pooled, [2, 3]), logits: ops.squeeze(logits.value, [2, 3]) }
}

const place =
  /^MobileNetV2\/(?:(Conv2d_0_0)|(Conv2d_18_1)|(top\/Conv2d_1x1_output)|expanded_conv_(\d+)\/(expand|depthwise|project))\//

/**
 * The weights of TensorFlow's MobileNetV2 under the names of `mobileNetV2`, kernels turned to torch's layout. Throws a
 * `WeightError` where the model is another one.
 */
export function mobileNetV2Weights(tflite: WeightSource): WeightSource {
  const weights = tflite.names.flatMap((name): Weight[] => {
    const [, stem, head, classifier, block, part] = place.exec(name) ?? []
    const layer = stem
      ? 'stem'
      : head
        ? 'head'
        : classifier
          ? 'classifier'
          : block
            ? `blocks.${Number(block) - 1}.${part}`
            : undefined
    const weight = requireWeight(tflite, name)
    if (layer === undefined || (weight.shape.length !== 4 && weight.shape.length !== 1)) return []
    return [
      weight.shape.length === 1
        ? renamed(weight, `${layer}.bias`)
        : kernel(weight, `${layer}.weight`, part === 'depthwise'),
    ]
  })
  const source = createWeightSource(weights, { title: tflite.title })
  const expected =
    2 *
    (3 + mobileNetV2Trunk.groups.reduce((sum, { expansion, repeats }) => sum + repeats * (expansion === 1 ? 2 : 3), 0))
  if (source.names.length === expected) return source
  throw new WeightError(
    'missing',
    `${tflite.title} is not MobileNetV2: ${source.names.length} of its ${expected} weights are there`,
  )
}

const renamed = (weight: Weight, name: string): Weight =>
  decodedWeight(name, 'float32', weight.shape, () => new Uint8Array(weightAsFloat32(weight).buffer))

/** [out, h, w, in] to [out, in, h, w]; depthwise [1, h, w, channels] to [channels, 1, h, w]. */
function kernel(weight: Weight, name: string, depthwise: boolean): Weight {
  const [first = 1, height = 1, width = 1, last = 1] = weight.shape
  const shape = depthwise ? [last, 1, height, width] : [first, last, height, width]
  return decodedWeight(name, 'float32', shape, () => {
    const stored = weightAsFloat32(weight)
    const turned = new Float32Array(stored.length)
    const area = height * width
    for (let outer = 0; outer < first; outer++) {
      for (let at = 0; at < area; at++) {
        for (let inner = 0; inner < last; inner++) {
          turned[(outer * last + inner) * area + at] = numberAt(stored, (outer * area + at) * last + inner)
        }
      }
    }
    return new Uint8Array(turned.buffer)
  })
}
