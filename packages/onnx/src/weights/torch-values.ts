import { numberAt } from '../tensor/index.ts'
import { bitsOf, byteLengthOf, type DType, elementCountOf } from '../tensor/dtype.ts'
import type { ByteOrigin } from './byte-origin.ts'
import { isCount, isStaticSizes } from './json-shape.ts'
import { isGlobal, type PickleRules } from './pickle-machine.ts'
import { WeightError } from './weight-error.ts'
import { createWeightSource, decodedWeight, type WeightSource } from './weight-source.ts'
import type { Weight } from './weight.ts'

const storageTypes: Readonly<Record<string, DType | undefined>> = {
  'torch.DoubleStorage': 'float64',
  'torch.FloatStorage': 'float32',
  'torch.HalfStorage': 'float16',
  'torch.BFloat16Storage': 'bfloat16',
  'torch.LongStorage': 'int64',
  'torch.IntStorage': 'int32',
  'torch.ShortStorage': 'int16',
  'torch.CharStorage': 'int8',
  'torch.ByteStorage': 'uint8',
  'torch.BoolStorage': 'bool',
  'torch.Float8_e4m3fnStorage': 'float8e4m3fn',
  'torch.Float8_e5m2Storage': 'float8e5m2',
}

/** Types that came after typed storages: tensors of these are rebuilt over untyped bytes (`_rebuild_tensor_v3`). */
const tensorTypes: Readonly<Record<string, DType | undefined>> = {
  'torch.float8_e4m3fn': 'float8e4m3fn',
  'torch.float8_e5m2': 'float8e5m2',
  'torch.uint16': 'uint16',
  'torch.uint32': 'uint32',
  'torch.uint64': 'uint64',
}

/**
 * Training programs leave counters and settings of these packages beside the weights. They are read past: what they
 * would make is replaced by nothing, and nothing of theirs is run.
 */
const readPast =
  /^(numpy\.(core|_core)\.multiarray\.|numpy\.(dtype|ndarray)$|_codecs\.encode$|pytorch_lightning\.|lightning\.|omegaconf\.|collections\.(defaultdict|Counter)$|typing\.Any$|torch\.(Size|device)$|__builtin__\.set$|builtins\.set$|argparse\.Namespace$|pathlib\.)/

/** Where checkpoints keep their weights when other things lie beside them. */
const weightKeys = ['state_dict', 'params_ema', 'params', 'model_state_dict', 'model', 'module']

const maxDepth = 32
const maxNameLength = 4096
/** A list of weights needs no more. */
export const maxPickleBytes = 512 * 2 ** 20
const maxValues = 4_000_000
const maxGatheredBytes = 2 ** 31

/** Where a storage lies in the file. */
export interface StoragePlace {
  readonly offset: number
  readonly length: number
}

export interface Storage {
  readonly kind: 'storage'
  /** Undefined for untyped bytes. */
  readonly dtype: DType | undefined
  readonly entry: StoragePlace
}

interface TorchTensor {
  readonly kind: 'tensor'
  readonly dtype: DType
  readonly shape: readonly number[]
  readonly strides: readonly number[]
  /** In elements from the beginning of the storage. */
  readonly start: number
  readonly entry: StoragePlace
}

const isStorage = (value: unknown): value is Storage => isKind(value, 'storage')
const isTensor = (value: unknown): value is TorchTensor => isKind(value, 'tensor')
const isKind = (value: unknown, kind: string): boolean =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind

/** What may come out of a pickle of torch.save; `load` gives the storages that it refers to. */
export function torchRules(title: string, load: PickleRules['load']): PickleRules {
  return { title, load, make: (callable, args) => make(title, callable, args), build: fillContainer }
}

/** The weights in what a pickle gave. */
export function torchWeights(origin: ByteOrigin, root: unknown): WeightSource {
  const { title } = origin
  const weights = tensorsOf(title, weightsIn(root)).map(([name, tensor]) => weightOfTensor(origin, name, tensor))
  return createWeightSource(weights, { title })
}

/** The type of what a storage holds, by its class; undefined for untyped bytes. */
export function storageType(title: string, type: string): DType | undefined {
  const dtype = storageTypes[type]
  if (dtype || type === 'torch.storage.UntypedStorage') return dtype
  throw new WeightError('unsupported', `${title}: storages of type ${type} are not read`)
}

/** Containers of PyTorch, which are dictionaries here. */
const containers = /^torch\.nn\.modules\.container\.(ParameterDict|ParameterList|ModuleDict|ModuleList|Sequential)$/

/** A container keeps what it holds among its attributes. */
function fillContainer(target: unknown, state: unknown): void {
  if (!(target instanceof Map) || !(state instanceof Map)) return
  for (const part of ['_parameters', '_buffers', '_modules']) {
    const held: unknown = state.get(part)
    if (held instanceof Map) for (const [key, value] of held) target.set(key, value)
  }
}

function make(title: string, callable: string, args: readonly unknown[]): unknown {
  switch (callable) {
    case 'collections.OrderedDict':
      return new Map(
        Array.isArray(args[0]) ? args[0].filter((pair): pair is [unknown, unknown] => Array.isArray(pair)) : [],
      )
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return tensorOf(title, args, undefined)
    case 'torch._utils._rebuild_tensor_v3':
      return tensorOf(title, args, isGlobal(args[6]) ? tensorTypes[args[6].name] : undefined)
    case 'torch._utils._rebuild_parameter':
    case 'torch._utils._rebuild_parameter_with_state':
      return args[0]
    default:
      if (containers.test(callable)) return new Map()
      if (readPast.test(callable)) return null
      throw new WeightError(
        'refused',
        `${title} asks to call ${callable}, which builds no tensor. A weight file needs no such call; do not trust this one`,
      )
  }
}

function tensorOf(title: string, args: readonly unknown[], untyped: DType | undefined): TorchTensor {
  const [storage, start, shape, strides] = args
  if (!isStorage(storage) || !isCount(start) || !isStaticSizes(shape) || !isStaticSizes(strides)) {
    throw new WeightError('malformed', `${title}: its pickle describes a tensor that is none`)
  }
  const dtype = storage.dtype ?? untyped
  if (!dtype) throw new WeightError('unsupported', `${title}: it has a tensor of a type that is not read`)
  const { entry } = storage
  const last = start + shape.reduce((sum, size, axis) => sum + (size - 1) * numberAt(strides, axis), 0)
  const empty = shape.includes(0)
  if (strides.length !== shape.length || (!empty && (last + 1) * (bitsOf(dtype) / 8) > entry.length)) {
    throw new WeightError(
      'malformed',
      `${title}: a ${dtype} tensor of shape [${shape.join(', ')}] reaches to element ${last} of a storage of ${entry.length} bytes`,
    )
  }
  return { kind: 'tensor', dtype, shape, strides, start, entry }
}

/** The part of a checkpoint that holds the weights. */
function weightsIn(root: unknown): unknown {
  if (!(root instanceof Map)) return root
  const key = weightKeys.find((name) => {
    const value: unknown = root.get(name)
    return value instanceof Map && [...value.values()].some((inner) => isTensor(inner) || inner instanceof Map)
  })
  return key === undefined ? root : root.get(key)
}

/** Keys of other kinds name no weight, and writing them out could take for ever. */
const isName = (key: unknown): key is string | number => typeof key === 'string' || typeof key === 'number'

/** All tensors below a value, named by their way there. Bounded, since a pickle can refer to itself. */
function tensorsOf(title: string, root: unknown): [string, TorchTensor][] {
  const found: [string, TorchTensor][] = []
  let visited = 0
  const nameOf = (key: string | number): string => {
    const name = String(key)
    if (name.length <= maxNameLength) return name
    throw new WeightError('refused', `${title}: a name in it has ${name.length} characters`)
  }
  const visit = (value: unknown, path: readonly string[]): void => {
    if (++visited > maxValues || path.length > maxDepth) {
      throw new WeightError('refused', `${title}: its values are nested beyond measure`)
    }
    if (isTensor(value)) found.push([path.join('.'), value])
    else {
      const inner = value instanceof Map ? value : Array.isArray(value) ? value.entries() : []
      for (const [key, each] of inner) if (isName(key)) visit(each, [...path, nameOf(key)])
    }
  }
  visit(root, [])
  return found
}

function weightOfTensor(
  origin: ByteOrigin,
  name: string,
  { dtype, shape, strides, start, entry }: TorchTensor,
): Weight {
  const width = bitsOf(dtype) / 8
  const offset = entry.offset + start * width
  if (isContiguous(shape, strides)) {
    return { name, dtype, shape, place: origin.place(offset, byteLengthOf(dtype, shape)) }
  }
  // A stride of 0 can make a shape of any size out of one element.
  if (byteLengthOf(dtype, shape) > maxGatheredBytes) {
    throw new WeightError(
      'refused',
      `${origin.title}: "${name}" of shape [${shape.join(', ')}] is spread over a storage of ${entry.length} bytes`,
    )
  }
  return decodedWeight(name, dtype, shape, () => {
    const stored = origin.read(entry.offset, entry.length)
    const out = new Uint8Array(byteLengthOf(dtype, shape))
    const position = new Array<number>(shape.length).fill(0)
    for (let element = 0; element < elementCountOf(shape); element++) {
      const from = (start + position.reduce((sum, index, axis) => sum + index * numberAt(strides, axis), 0)) * width
      for (let byte = 0; byte < width; byte++) out[element * width + byte] = numberAt(stored, from + byte)
      for (let axis = shape.length - 1; axis >= 0; axis--) {
        position[axis] = numberAt(position, axis) + 1
        if (numberAt(position, axis) < numberAt(shape, axis)) break
        position[axis] = 0
      }
    }
    return out
  })
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  if (shape.includes(0)) return true
  let expected = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 1
    if (size !== 1 && strides[axis] !== expected) return false
    expected *= size
  }
  return true
}
