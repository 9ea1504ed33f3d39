import {
  createWeightSource,
  fromFloat32,
  requireWeight,
  weightAsFloat32,
  type Weight,
  type WeightPlace,
  type WeightSource,
} from '@patchbay/onnx'
import { CheckpointError } from './checkpoint-error.ts'

/** How files name the scale of `layer.weight`: ComfyUI's older and newer form. */
const scaleOf = /^(.*)\.(?:scale_weight|weight_scale)$/
/** What else such files keep: scales of inputs, which only a product in fp8 needs, and marks of the form. */
const besideScales = /(^|\.)(scale_input|input_scale|scaled_fp8|comfy_quant)$/

/**
 * Weights that are stored as fp8 with a scale, `weight · scale`, as the numbers that they stand for. The scale is one
 * number, or one for each row. They are computed where they are read. Other files are returned as they are.
 * @throws CheckpointError for scales of another number, or of weights that are no fp8
 */
export function withScales(source: WeightSource): WeightSource {
  const scales = new Map<string, string>()
  for (const name of source.names) {
    const layer = scaleOf.exec(name)?.[1]
    if (layer !== undefined && source.get(`${layer}.weight`)) scales.set(`${layer}.weight`, name)
  }
  if (scales.size === 0) return source
  const used = new Set(scales.values())
  const weights = source.names.flatMap((name) => {
    if (used.has(name) || besideScales.test(name)) return []
    const [weight, scale] = [requireWeight(source, name), scales.get(name)]
    return [scale === undefined ? weight : scaled(source.title, weight, requireWeight(source, scale))]
  })
  return createWeightSource(weights, source)
}

function scaled(title: string, weight: Weight, scale: Weight): Weight {
  const { name, dtype, shape } = weight
  const [rows = 1] = shape
  const count = scale.shape.reduce((product, size) => product * size, 1)
  if (!dtype.startsWith('float8') || (count !== 1 && count !== rows)) {
    throw new CheckpointError(
      `${title}: ${name} is ${dtype} [${shape.join(', ')}] with ${count} scales; expected fp8 with one scale, or one for each of its ${rows} rows`,
    )
  }
  return {
    name,
    dtype: 'float32',
    shape,
    // Not kept: all weights of a large model as float32 would not fit into memory together.
    get place(): WeightPlace {
      const [values, factors] = [weightAsFloat32(weight), weightAsFloat32(scale)]
      const row = values.length / (count === 1 ? 1 : rows)
      return {
        type: 'memory',
        bytes: fromFloat32(
          values.map((value, i) => value * (factors[Math.floor(i / row)] ?? NaN)),
          'float32',
        ),
      }
    },
  }
}
