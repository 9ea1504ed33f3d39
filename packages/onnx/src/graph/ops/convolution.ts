import { numberAt } from '../../tensor/index.ts'
import { flag, int, ints, text, type Attributes } from '../attribute.ts'
import {
  dimOf,
  emit,
  reject,
  requireEqualDims,
  requireFloat,
  requireSameDType,
  shapeValue,
  staticDimOf,
  type Call,
} from '../operator.ts'
import { addToDim, divideDim, scaleDim, windowCount, type Dim } from '../shape.ts'
import type { Value } from '../graph.ts'

/** One number for every spatial axis, or one number each. */
export type PerAxis = number | readonly number[]

export interface ConvOptions {
  readonly stride?: PerAxis
  /** Zeros at both ends of each spatial axis, or `[begin…, end…]` of twice the spatial rank. */
  readonly padding?: PerAxis
  readonly dilation?: PerAxis
  readonly groups?: number
}

/** Convolution: x `[n, c, …]`, weight `[m, c / groups, …kernel]`, bias `[m]` → `[n, m, …]`. */
export function conv(x: Value, weight: Value, bias?: Value, options: ConvOptions = {}): Value {
  const call = { opType: 'Conv', operands: { x, weight, bias } }
  const dtype = requireSameDType(call)
  const { spatial, strides, pads, dilations, kernel } = windowsOf(call, x, weight, options)
  const groups = options.groups ?? 1
  const channels = dimOf(x, 1)
  if (typeof channels === 'number') {
    if (channels % groups !== 0) reject(call, `expected ${channels} channels to divide into ${groups} groups`)
    requireEqualDims(call, 'axis 1 of weight (channels of x / groups)', channels / groups, dimOf(weight, 1))
  }
  const out = staticDimOf(weight, 0)
  if (out % groups !== 0) reject(call, `expected ${out} output channels to divide into ${groups} groups`)
  if (bias) requireBias(call, bias, out)
  const size = spatial.map((axis) =>
    windowCount(
      dimOf(x, axis + 2),
      at(pads, axis) + at(pads, axis + spatial.length),
      at(dilations, axis) * (at(kernel, axis) - 1) + 1,
      at(strides, axis),
    ),
  )
  requireSomething(call, size)
  const attributes = {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    pads: ints(pads),
    dilations: ints(dilations),
    group: int(groups),
  }
  return emit(call, { dtype, shape: [dimOf(x, 0), out, ...size] }, attributes)
}

/** Transposed convolution: x `[n, c, …]`, weight `[c, m / groups, …kernel]`, bias `[m]` → `[n, m, …]`. */
export function convTranspose(
  x: Value,
  weight: Value,
  bias?: Value,
  options: ConvOptions & { readonly outputPadding?: PerAxis } = {},
): Value {
  const call = { opType: 'ConvTranspose', operands: { x, weight, bias } }
  const dtype = requireSameDType(call)
  const { spatial, strides, pads, dilations, kernel } = windowsOf(call, x, weight, options)
  const groups = options.groups ?? 1
  const outputPadding = perAxis(call, 'outputPadding', options.outputPadding ?? 0, spatial.length)
  requireEqualDims(call, 'axis 0 of weight (channels of x)', dimOf(x, 1), dimOf(weight, 0))
  const out = staticDimOf(weight, 1) * groups
  if (bias) requireBias(call, bias, out)
  const size = spatial.map((axis) => {
    const window = at(dilations, axis) * (at(kernel, axis) - 1) + 1 + at(outputPadding, axis)
    const cut = at(pads, axis) + at(pads, axis + spatial.length)
    return addToDim(scaleDim(addToDim(dimOf(x, axis + 2), -1), at(strides, axis)), window - cut)
  })
  requireSomething(call, size)
  const attributes = {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    pads: ints(pads),
    dilations: ints(dilations),
    output_padding: ints(outputPadding),
    group: int(groups),
  }
  return emit(call, { dtype, shape: [dimOf(x, 0), out, ...size] }, attributes)
}

export interface PoolOptions {
  readonly kernel: PerAxis
  /** The kernel where not given: windows that do not overlap. */
  readonly stride?: PerAxis
  readonly padding?: PerAxis
}

/** The mean of each window. */
export function averagePool(x: Value, options: PoolOptions & { readonly countIncludePad?: boolean }): Value {
  return pool('AveragePool', x, options, { count_include_pad: flag(options.countIncludePad ?? false) })
}

/** The largest of each window. */
export function maxPool(x: Value, options: PoolOptions): Value {
  return pool('MaxPool', x, options, {})
}

/** The mean over all spatial axes: `[n, c, …]` → `[n, c, 1, …]`. */
export function globalAveragePool(x: Value): Value {
  const shape = [...x.shape.slice(0, 2), ...x.shape.slice(2).map(() => 1)]
  return emit({ opType: 'GlobalAveragePool', operands: { x } }, { dtype: x.dtype, shape })
}

export type ResizeMode = 'nearest' | 'linear' | 'cubic'

/**
 * Enlarges or shrinks the spatial axes of `[n, c, …]`. `nearest` repeats as torch's does (asymmetric, floor);
 * `linear` and `cubic` align half pixels unless `alignCorners`.
 */
export function resize(
  x: Value,
  scale: PerAxis,
  { mode = 'nearest', alignCorners = false }: { readonly mode?: ResizeMode; readonly alignCorners?: boolean } = {},
): Value {
  const call = { opType: 'Resize', operands: { x } }
  const scales = perAxis(call, 'scale', scale, x.shape.length - 2)
  const size = scales.map((factor, axis) => resized(call, dimOf(x, axis + 2), factor))
  const factors = { dtype: 'float32', shape: [x.shape.length], data: Float32Array.of(1, 1, ...scales) } as const
  const full = { opType: 'Resize', operands: { x, roi: undefined, scales: x.graph.constant(factors) } }
  return emit(full, { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...size] }, interpolationOf(mode, alignCorners))
}

/**
 * The two spatial axes of `[n, c, h, w]` brought to these sizes as torch's `interpolate` with a size does: each
 * repeating the nearest, or `cubic` between four without antialiasing.
 */
export function resizeTo(x: Value, height: Dim, width: Dim, mode: 'nearest' | 'cubic' = 'nearest'): Value {
  const call = { opType: 'Resize', operands: { x } }
  if (x.shape.length !== 4) reject(call, `expected [n, c, h, w], got rank ${x.shape.length}`)
  const shape = [...x.shape.slice(0, 2), height, width]
  const full = { ...call, operands: { x, roi: undefined, scales: undefined, sizes: shapeValue(x.graph, shape) } }
  return emit(full, { dtype: x.dtype, shape }, interpolationOf(mode))
}

const interpolationOf = (mode: ResizeMode, alignCorners = false): Attributes =>
  mode === 'nearest'
    ? { mode: text(mode), coordinate_transformation_mode: text('asymmetric'), nearest_mode: text('floor') }
    : {
        mode: text(mode),
        coordinate_transformation_mode: text(alignCorners ? 'align_corners' : 'half_pixel'),
        ...(mode === 'cubic' ? { cubic_coeff_a: { type: 'float', value: -0.75 } as const } : {}),
      }

/** Which of a cell's channels lie side by side: those of one pixel (`DCR`), or those of one plane (`CRD`). */
export type DepthOrder = 'DCR' | 'CRD'

/**
 * Channels to space: `[n, c·b², h, w]` → `[n, c, h·b, w·b]`. `CRD` is the order of torch's pixel_shuffle
 * (plane by plane), `DCR` has the channels of each pixel together.
 */
export function depthToSpace(x: Value, block: number, order: DepthOrder = 'CRD'): Value {
  const call = { opType: 'DepthToSpace', operands: { x } }
  const channels = staticDimOf(x, 1)
  if (channels % (block * block) !== 0) reject(call, `expected channels divisible by ${block * block}, got ${channels}`)
  const shape = [dimOf(x, 0), channels / (block * block), scaleDim(dimOf(x, 2), block), scaleDim(dimOf(x, 3), block)]
  return emit(call, { dtype: x.dtype, shape }, { blocksize: int(block), mode: text(order) })
}

/** Space to channels, those of each pixel together (`DCR`): `[n, c, h, w]` → `[n, b²·c, h / b, w / b]`. */
export function spaceToDepth(x: Value, block: number): Value {
  const call = { opType: 'SpaceToDepth', operands: { x } }
  const [height, width] = [dimOf(x, 2), dimOf(x, 3)].map((side) => divideDim(side, block))
  if (height === undefined || width === undefined) reject(call, `expected sides that ${block} divides`)
  const shape = [dimOf(x, 0), staticDimOf(x, 1) * block * block, height, width]
  return emit(call, { dtype: x.dtype, shape }, { blocksize: int(block) })
}

function pool(opType: string, x: Value, { kernel, stride, padding }: PoolOptions, extra: Attributes): Value {
  const call = { opType, operands: { x } }
  requireFloat(call, x)
  const rank = x.shape.length - 2
  const kernels = perAxis(call, 'kernel', kernel, rank)
  const strides = perAxis(call, 'stride', stride ?? kernel, rank)
  const pads = padsOf(call, padding ?? 0, rank)
  const size = kernels.map((window, axis) =>
    windowCount(dimOf(x, axis + 2), at(pads, axis) + at(pads, axis + rank), window, at(strides, axis)),
  )
  requireSomething(call, size)
  const attributes = { kernel_shape: ints(kernels), strides: ints(strides), pads: ints(pads), ...extra }
  return emit(call, { dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...size] }, attributes)
}

function windowsOf(call: Call, x: Value, weight: Value, options: ConvOptions) {
  if (x.shape.length < 3) reject(call, `expected x of rank 3 or more ([n, c, …]), got rank ${x.shape.length}`)
  if (weight.shape.length !== x.shape.length) reject(call, `expected weight of rank ${x.shape.length}`)
  const rank = x.shape.length - 2
  const spatial = Array.from({ length: rank }, (_, axis) => axis)
  return {
    spatial,
    strides: perAxis(call, 'stride', options.stride ?? 1, rank),
    pads: padsOf(call, options.padding ?? 0, rank),
    dilations: perAxis(call, 'dilation', options.dilation ?? 1, rank),
    kernel: spatial.map((axis) => staticDimOf(weight, axis + 2)),
  }
}

function perAxis(call: Call, what: string, given: PerAxis, rank: number): readonly number[] {
  if (typeof given === 'number') return Array.from({ length: rank }, () => given)
  if (given.length !== rank) reject(call, `expected ${what} to have ${rank} numbers, got ${given.length}`)
  return given
}

function padsOf(call: Call, given: PerAxis, rank: number): readonly number[] {
  if (typeof given !== 'number' && given.length === 2 * rank) return given
  const once = perAxis(call, 'padding', given, rank)
  return [...once, ...once]
}

function requireBias(call: Call, bias: Value, channels: number): void {
  if (bias.shape.length !== 1) reject(call, 'expected a bias of rank 1')
  requireEqualDims(call, 'the length of bias (output channels)', channels, dimOf(bias, 0))
}

function requireSomething(call: Call, size: readonly Dim[]): void {
  if (size.some((dim) => typeof dim === 'number' && dim < 1)) {
    reject(call, `expected an output of at least one element on each axis, got size [${size.join(', ')}]`)
  }
}

function resized(call: Call, dim: Dim, factor: number): Dim {
  if (typeof dim === 'number') return Math.floor(dim * factor)
  if (Number.isInteger(factor)) return scaleDim(dim, factor)
  return reject(call, `expected whole factors for the symbolic axis "${dim}", got ${factor}`)
}

function at(numbers: readonly number[], index: number): number {
  return numberAt(numbers, index)
}
