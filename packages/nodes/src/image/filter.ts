import { elementCountOf, float32, type Tensor } from '@patchbay/onnx/tensor'
import { resample } from './resample.ts'
import { initialNoise, type NoiseGenerator } from '../random/index.ts'
import { imageFrom, sizeOfImage, withoutAlpha, type ImageTensor } from './image.ts'

/** What lies beyond an edge: its last pixel again, or the picture mirrored at it. */
export const edgeRules = ['repeat', 'mirror'] as const
export interface BlurSettings {
  /** Pixels that it reaches to either side; 0, the default, is three standard deviations. */
  readonly reach?: number
  readonly edges?: (typeof edgeRules)[number]
}

/** A Gaussian blur of an image or a mask ([batch, height, width, …]). `sigma` is the standard deviation in pixels. */
export function blur(image: Tensor, sigma: number, { reach = 0, edges = 'repeat' }: BlurSettings = {}): Tensor {
  if (!(sigma >= 0)) throw new RangeError(`A blur has a radius from 0 up, but got ${sigma}`)
  if (sigma < 0.01) return image
  const taps = reach > 0 ? reach : Math.max(1, Math.ceil(sigma * 3))
  const weights = Array.from({ length: taps + 1 }, (_, i) => Math.exp(-(i * i) / (2 * sigma * sigma)))
  const sum = weights.reduce((all, weight, i) => all + (i === 0 ? weight : 2 * weight), 0)
  const normal = weights.map((weight) => weight / sum)
  return convolveAxis(convolveAxis(image, 2, normal, edges), 1, normal, edges)
}

/** `weights[i]` is the weight at a distance of i on either side. */
function convolveAxis(image: Tensor, axis: number, weights: readonly number[], edges: 'repeat' | 'mirror'): Tensor {
  const { shape, data } = image
  const length = shape[axis] ?? 1
  const inner = elementCountOf(shape.slice(axis + 1))
  const outer = elementCountOf(shape.slice(0, axis))
  const result = new Float32Array(data.length)
  const place = edges === 'repeat' ? (at: number) => at : mirroredIn(length)
  for (let o = 0; o < outer; o++) {
    for (let at = 0; at < length; at++) {
      const target = (o * length + at) * inner
      for (let d = 1 - weights.length; d < weights.length; d++) {
        const source = (o * length + Math.min(length - 1, Math.max(0, place(at + d)))) * inner
        const weight = weights[Math.abs(d)]
        for (let i = 0; i < inner; i++) result[target + i] = result[target + i] + weight * data[source + i]
      }
    }
  }
  return float32(shape, result)
}

/** The place that a place outside stands for, when the picture is mirrored at its first and last pixel: -1 is 1. */
function mirroredIn(length: number): (at: number) => number {
  const period = Math.max(1, 2 * (length - 1))
  return (at) => {
    const folded = ((at % period) + period) % period
    return folded < length ? folded : period - folded
  }
}

/** An unsharp mask: what a blur takes away is added again, `amount` times. */
export function sharpen(image: ImageTensor, sigma: number, amount: number, settings?: BlurSettings): ImageTensor {
  const soft = blur(image, sigma, settings).data
  return float32(
    image.shape,
    image.data.map((value, i) => clip(value + amount * (value - soft[i]))),
  )
}

export interface ColorSettings {
  /** Added to each channel. */
  readonly brightness?: number
  /** A factor on the distance from middle grey. */
  readonly contrast?: number
  /** 0 is grey, 1 leaves it. */
  readonly saturation?: number
  /** Degrees round the colour circle. */
  readonly hue?: number
  /** Above 1 lightens the middle tones. */
  readonly gamma?: number
  /** −1 is bluer, 1 warmer. */
  readonly temperature?: number
}

/** Brightness, contrast, saturation, hue, gamma and temperature, in that order; alpha stays. Luma as in Rec. 709. */
export function adjustColor(image: ImageTensor, settings: ColorSettings): ImageTensor {
  const { brightness = 0, contrast = 1, saturation = 1, hue = 0, gamma = 1, temperature = 0 } = settings
  const { channels } = sizeOfImage(image)
  const turn = hueMatrix((hue * Math.PI) / 180)
  const warmth = [1 + temperature * 0.2, 1, 1 - temperature * 0.2]
  const result = image.data.slice()
  for (let i = 0; i < result.length; i += channels) {
    const lit = [0, 1, 2].map((c) => (result[i + c] + brightness - 0.5) * contrast + 0.5)
    const luma = 0.2126 * lit[0] + 0.7152 * lit[1] + 0.0722 * lit[2]
    const rich = lit.map((value) => luma + saturation * (value - luma))
    for (let c = 0; c < 3; c++) {
      const turned = turn[c]?.reduce((sum, factor, j) => sum + factor * rich[j], 0) ?? 0
      result[i + c] = clip(clip(turned * (warmth[c] ?? 1)) ** (1 / gamma))
    }
  }
  return float32(image.shape, result)
}

/** A rotation about the grey axis. */
function hueMatrix(angle: number): readonly (readonly number[])[] {
  const [cos, third, root] = [Math.cos(angle), (1 - Math.cos(angle)) / 3, Math.sin(angle) / Math.sqrt(3)]
  return [
    [cos + third, third - root, third + root],
    [third + root, cos + third, third - root],
    [third - root, third + root, cos + third],
  ]
}

export function invert(image: ImageTensor): ImageTensor {
  const { channels } = sizeOfImage(image)
  return float32(
    image.shape,
    image.data.map((value, i) => (channels === 4 && i % 4 === 3 ? value : 1 - value)),
  )
}

/**
 * Gaussian noise from a seed, of standard deviation `strength`. Picture k of the batch has the noise of seed + k, but
 * with `torch-cpu-batch`.
 */
export function addNoise(
  image: ImageTensor,
  seed: bigint,
  strength: number,
  generator: NoiseGenerator = 'philox',
): ImageTensor {
  const { batch, height, width, channels } = sizeOfImage(image)
  const noise = initialNoise({ seed, generator, shape: [batch, height, width, 3] })
  return imageFrom({ batch, height, width, channels }, (k, y, x, c) => {
    const pixel = (k * height + y) * width + x
    const value = image.data[pixel * channels + c]
    return c === 3 ? value : clip(value + strength * noise.data[pixel * 3 + c])
  })
}

/** Fewer levels for each channel, without dithering. */
export function posterize(image: ImageTensor, levels: number): ImageTensor {
  return float32(
    image.shape,
    image.data.map((value) => Math.round(value * (levels - 1)) / (levels - 1)),
  )
}

/**
 * Edges as white lines on black (Canny 1986): smoothed, thinned across the gradient, and kept where they hold on to a
 * strong one.
 */
export function findEdges(
  image: ImageTensor,
  low: number,
  high: number,
  sigma = 1,
  settings?: BlurSettings,
): ImageTensor {
  const { batch, height, width } = sizeOfImage(image)
  const soft = blur(withoutAlpha(image), sigma, settings)
  const lines = new Float32Array(batch * height * width)
  for (let k = 0; k < batch; k++) {
    const luma = Float32Array.from({ length: height * width }, (_, p) => {
      const i = (k * height * width + p) * 3
      return 0.299 * soft.data[i] + 0.587 * soft.data[i + 1] + 0.114 * soft.data[i + 2]
    })
    lines.set(cannyOf(luma, height, width, low, high), k * height * width)
  }
  return imageFrom({ batch, height, width, channels: 3 }, (k, y, x) => lines[(k * height + y) * width + x])
}

function cannyOf(luma: Float32Array, height: number, width: number, low: number, high: number): Float32Array {
  const at = (y: number, x: number) =>
    luma[Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))]
  const strength = new Float32Array(height * width)
  const direction = new Uint8Array(height * width)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const gx =
        at(y - 1, x + 1) + 2 * at(y, x + 1) + at(y + 1, x + 1) - at(y - 1, x - 1) - 2 * at(y, x - 1) - at(y + 1, x - 1)
      const gy =
        at(y + 1, x - 1) + 2 * at(y + 1, x) + at(y + 1, x + 1) - at(y - 1, x - 1) - 2 * at(y - 1, x) - at(y - 1, x + 1)
      strength[y * width + x] = Math.hypot(gx, gy)
      direction[y * width + x] = Math.round(((Math.atan2(gy, gx) + Math.PI) / Math.PI) * 4) % 4
    }
  }
  const steps = [
    [0, 1],
    [1, 1],
    [1, 0],
    [1, -1],
  ] as const
  const strengthAt = (y: number, x: number) =>
    y < 0 || x < 0 || y >= height || x >= width ? 0 : strength[y * width + x]
  const thin = strength.map((value, i) => {
    const [dy, dx] = steps[direction[i]] ?? [0, 1]
    const [y, x] = [Math.floor(i / width), i % width]
    return value >= strengthAt(y + dy, x + dx) && value >= strengthAt(y - dy, x - dx) ? value : 0
  })
  const result = new Float32Array(height * width)
  const open = [...thin.keys()].filter((i) => thin[i] >= high)
  for (let i = open.pop(); i !== undefined; i = open.pop()) {
    if (result[i] === 1) continue
    result[i] = 1
    const [y, x] = [Math.floor(i / width), i % width]
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const [ny, nx] = [y + dy, x + dx]
        const near = ny * width + nx
        if (ny >= 0 && nx >= 0 && ny < height && nx < width && result[near] !== 1 && thin[near] >= low) open.push(near)
      }
    }
  }
  return result
}

/** A mask or an image of another size brought to this one, smoothly. */
export function sizedLike(
  tensor: Tensor,
  { height, width }: { readonly height: number; readonly width: number },
): Tensor {
  const isSame = tensor.shape[1] === height && tensor.shape[2] === width
  return isSame ? tensor : resample(tensor, 1, { height, width }, 'bilinear')
}

function clip(value: number): number {
  return Math.min(1, Math.max(0, value))
}
