import { dimOf, linear, ops, type FeatureMap, type Scope, type Value, type WeightSource } from '@patchbay/onnx'

/** Channels of the published network times this: 1 for the published one. */
export interface InceptionConfig {
  readonly width: number
  /** How many classes the last layer tells apart, where the weights have it. */
  readonly classes?: number
}

/** The config from the weights, or undefined where they are none of Inception v3 under torchvision's names. */
export function detectInceptionConfig(weights: WeightSource): InceptionConfig | undefined {
  const stem = weights.get('Conv2d_1a_3x3.conv.weight')?.shape[0]
  if (stem === undefined || !weights.get('Mixed_7c.branch_pool.conv.weight')) return undefined
  const classes = weights.get('fc.weight')?.shape[0]
  return { width: stem / 32, ...(classes !== undefined && { classes }) }
}

/**
 * How likely each class is, as the Inception score takes it (Salimans et al. 2016): without the bias of the last layer,
 * as in their code.
 * @param features [batch, width]
 * @returns [batch, classes]
 */
export function inceptionProbabilities(scope: Scope, classes: number, features: Value): Value {
  return ops.softmax(linear(scope.at('fc'), features, { out: classes, bias: false }))
}

/** Height and width of a kernel, with as many zeros around as keep the size. */
type Kernel = readonly [height: number, width: number]
const [wide, tall]: readonly [Kernel, Kernel] = [
  [1, 7],
  [7, 1],
]
const [row, column]: readonly [Kernel, Kernel] = [
  [1, 3],
  [3, 1],
]

/**
 * Inception v3 (Szegedy et al. 2016) as FID uses it (Heusel et al. 2017): TensorFlow's network of 2015 under
 * torchvision's names, whose poolings inside blocks leave the border out of their means, and whose last block takes
 * maxima.
 * @param image in -1 to 1, [batch, 3, 299, 299]
 * @returns the mean over all places: [batch, 2048]
 */
export function inceptionV3(scope: Scope, { width }: InceptionConfig, image: FeatureMap): Value {
  const wideOf = (channels: number): number => Math.max(1, Math.round(channels * width))
  const at = (name: string) => block(scope.at(name), wideOf)
  const stem = block(scope, wideOf)
  let x = stem.conv('Conv2d_1a_3x3', image.value, 32, [3, 3], { stride: 2, padding: 0 })
  x = stem.conv('Conv2d_2a_3x3', x, 32, [3, 3], { padding: 0 })
  x = stem.conv('Conv2d_2b_3x3', x, 64, [3, 3])
  x = ops.maxPool(x, { kernel: 3, stride: 2 })
  x = stem.conv('Conv2d_3b_1x1', x, 80, [1, 1])
  x = stem.conv('Conv2d_4a_3x3', x, 192, [3, 3], { padding: 0 })
  x = ops.maxPool(x, { kernel: 3, stride: 2 })
  for (const [name, pooled] of [
    ['Mixed_5b', 32],
    ['Mixed_5c', 64],
    ['Mixed_5d', 64],
  ] as const)
    x = blockA(at(name), x, pooled)
  x = blockB(at('Mixed_6a'), x)
  for (const [name, inner] of [
    ['Mixed_6b', 128],
    ['Mixed_6c', 160],
    ['Mixed_6d', 160],
    ['Mixed_6e', 192],
  ] as const) {
    x = blockC(at(name), x, inner)
  }
  x = blockD(at('Mixed_7a'), x)
  x = blockE(at('Mixed_7b'), x, meanAround)
  x = blockE(at('Mixed_7c'), x, (value) => ops.maxPool(value, { kernel: 3, stride: 1, padding: 1 }))
  return ops.squeeze(ops.globalAveragePool(x), [2, 3])
}

interface ConvolutionOptions {
  readonly stride?: number
  /** Half the kernel where not given. */
  readonly padding?: number
}

/** Convolutions of one block, each with its batch normalisation and a ReLU. */
function block(scope: Scope, wideOf: (channels: number) => number) {
  const conv = (
    name: string,
    x: Value,
    channels: number,
    kernel: Kernel,
    { stride = 1, padding }: ConvolutionOptions = {},
  ): Value => {
    const here = scope.at(name)
    return here.build(() => {
      const out = wideOf(channels)
      const weight = here.parameter('conv.weight', [out, Number(dimOf(x, 1)), ...kernel])
      const [vertical, horizontal] = kernel.map((size) => padding ?? Math.floor(size / 2))
      const pads = [vertical ?? 0, horizontal ?? 0, vertical ?? 0, horizontal ?? 0]
      const mapped = ops.conv(x, weight, undefined, { stride, padding: pads })
      const norm = (part: string) => here.parameter(`bn.${part}`, [out])
      const statistics = {
        scale: norm('weight'),
        bias: norm('bias'),
        mean: norm('running_mean'),
        variance: norm('running_var'),
      }
      return ops.relu(ops.batchNormalization(mapped, statistics, 1e-3))
    })
  }
  const chain = (
    x: Value,
    ...steps: readonly (readonly [name: string, channels: number, kernel: Kernel, stride?: number])[]
  ): Value =>
    steps.reduce(
      (value, [name, channels, kernel, stride = 1]) =>
        conv(name, value, channels, kernel, { stride, ...(stride > 1 && { padding: 0 }) }),
      x,
    )
  return { conv, chain }
}
type Block = ReturnType<typeof block>

const meanAround = (x: Value): Value => ops.averagePool(x, { kernel: 3, stride: 1, padding: 1, countIncludePad: false })

const blockA = ({ conv, chain }: Block, x: Value, pooled: number): Value =>
  ops.concat(
    [
      conv('branch1x1', x, 64, [1, 1]),
      chain(x, ['branch5x5_1', 48, [1, 1]], ['branch5x5_2', 64, [5, 5]]),
      chain(x, ['branch3x3dbl_1', 64, [1, 1]], ['branch3x3dbl_2', 96, [3, 3]], ['branch3x3dbl_3', 96, [3, 3]]),
      conv('branch_pool', meanAround(x), pooled, [1, 1]),
    ],
    1,
  )

const blockB = ({ chain }: Block, x: Value): Value =>
  ops.concat(
    [
      chain(x, ['branch3x3', 384, [3, 3], 2]),
      chain(x, ['branch3x3dbl_1', 64, [1, 1]], ['branch3x3dbl_2', 96, [3, 3]], ['branch3x3dbl_3', 96, [3, 3], 2]),
      ops.maxPool(x, { kernel: 3, stride: 2 }),
    ],
    1,
  )

const blockC = ({ conv, chain }: Block, x: Value, inner: number): Value =>
  ops.concat(
    [
      conv('branch1x1', x, 192, [1, 1]),
      chain(x, ['branch7x7_1', inner, [1, 1]], ['branch7x7_2', inner, wide], ['branch7x7_3', 192, tall]),
      chain(
        x,
        ['branch7x7dbl_1', inner, [1, 1]],
        ['branch7x7dbl_2', inner, tall],
        ['branch7x7dbl_3', inner, wide],
        ['branch7x7dbl_4', inner, tall],
        ['branch7x7dbl_5', 192, wide],
      ),
      conv('branch_pool', meanAround(x), 192, [1, 1]),
    ],
    1,
  )

const blockD = ({ chain }: Block, x: Value): Value =>
  ops.concat(
    [
      chain(x, ['branch3x3_1', 192, [1, 1]], ['branch3x3_2', 320, [3, 3], 2]),
      chain(
        x,
        ['branch7x7x3_1', 192, [1, 1]],
        ['branch7x7x3_2', 192, wide],
        ['branch7x7x3_3', 192, tall],
        ['branch7x7x3_4', 192, [3, 3], 2],
      ),
      ops.maxPool(x, { kernel: 3, stride: 2 }),
    ],
    1,
  )

function blockE({ conv, chain }: Block, x: Value, pool: (x: Value) => Value): Value {
  const single = conv('branch3x3_1', x, 384, [1, 1])
  const double = chain(x, ['branch3x3dbl_1', 448, [1, 1]], ['branch3x3dbl_2', 384, [3, 3]])
  return ops.concat(
    [
      conv('branch1x1', x, 320, [1, 1]),
      conv('branch3x3_2a', single, 384, row),
      conv('branch3x3_2b', single, 384, column),
      conv('branch3x3dbl_3a', double, 384, row),
      conv('branch3x3dbl_3b', double, 384, column),
      conv('branch_pool', pool(x), 192, [1, 1]),
    ],
    1,
  )
}
