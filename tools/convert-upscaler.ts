// Turns a residual dense network of the npm package @upscalerjs/esrgan-medium (MIT) into the safetensors file that ships with
// packages/nodes: node --conditions=patchbay-source --import tsx tools/convert-upscaler.ts <model.json> <scale> <file.safetensors>
import {
  createWeightSource,
  float32,
  openTfjs,
  readWeightAsFloat32,
  requireWeight,
  weightOf,
  writeSafetensors,
  type Weight,
} from '@patchbay/onnx'

const [model, scale, file] = process.argv.slice(2)
if (!model || !scale || !file) throw new Error('Usage: convert-upscaler.ts <model.json> <scale> <file.safetensors>')

const source = openTfjs(model)
const weights = source.names.map((name): Weight => {
  const values = readWeightAsFloat32(source, name)
  const { shape } = requireWeight(source, name)
  const [height = 1, width = 1, inside = 1, out = 1] = shape
  if (shape.length === 1) return weightOf(name.replace(/\/bias$/, '.bias'), float32(shape, values))
  // Keras keeps kernels as [height, width, in, out], torch as [out, in, height, width].
  const turned = Float32Array.from({ length: values.length }, (_, index) => {
    const [x, rest] = [index % width, Math.floor(index / width)]
    const [y, channels] = [rest % height, Math.floor(rest / height)]
    const [i, o] = [channels % inside, Math.floor(channels / inside)]
    return values[((y * width + x) * inside + i) * out + o] ?? NaN
  })
  return weightOf(name.replace(/\/kernel$/, '.weight'), float32([out, inside, height, width], turned))
})
const metadata = { scale, architecture: 'RDN', origin: 'npm:@upscalerjs/esrgan-medium@1.0.0', licence: 'MIT' }
writeSafetensors(file, createWeightSource(weights, { metadata }), { floatType: 'float16' })
