import { basename } from 'node:path'
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node'
import type { Graph } from '../graph/graph.ts'
import { showShape, unifyDims } from '../graph/shape.ts'
import type { BindParameter } from '../serialize/binding.ts'
import { serializeModel, type Model, type ModelValue } from '../serialize/model.ts'
import { dimOfSymbol } from '../serialize/read-model.ts'
import { dtypeNames } from '../tensor/dtype.ts'
import type { AnyTensor, Tensor } from '../tensor/tensor.ts'
import { RuntimeError } from './runtime-error.ts'

/** The hardware interfaces of ONNX Runtime that a session can run on. */
export const executionProviders = ['cuda', 'webgpu', 'dml', 'coreml', 'cpu'] as const
export type ExecutionProvider = (typeof executionProviders)[number]

export interface SessionOptions {
  /** One provider; ONNX Runtime does not fall back by itself. Default `cpu`. */
  readonly provider?: ExecutionProvider
  /** Threads of one operator on the CPU. All cores where not given. */
  readonly threads?: number
  /**
   * `mapped` leaves weights where they are: ready at once, and next to no memory of its own. `folded` casts and packs
   * them while loading: slow to load, holds a float32 copy, and gives the fastest step. Default: `mapped` where the
   * model maps files.
   */
  readonly weights?: 'mapped' | 'folded'
  /**
   * Keep memory of one run for the next: faster, and never given back. Default: false for mapped weights, else true.
   */
  readonly arena?: boolean
  /** Further options of ONNX Runtime, by section and key, such as `{ session: { disable_prepacking: '1' } }`. */
  readonly extra?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export type Feeds = Readonly<Record<string, AnyTensor>>

/** Optimisers that would make a copy of a stored weight: as float32, or blocked for convolution (ONNX Runtime 1.30). */
const foldingOptimizers = 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer;NchwcTransformer'

/** A loaded model. Creating and running one blocks this process: long runs belong in a process of their own. */
export class Session {
  readonly inputs: readonly ModelValue[]
  readonly outputNames: readonly string[]
  readonly provider: ExecutionProvider
  readonly #inputNames: ReadonlySet<string>
  readonly #outputs: ReadonlyMap<string, ModelValue>
  #inner: InferenceSession | undefined

  private constructor(inner: InferenceSession, model: Pick<Model, 'inputs' | 'outputs'>, provider: ExecutionProvider) {
    this.#inner = inner
    this.inputs = model.inputs
    this.#inputNames = new Set(model.inputs.map(({ name }) => name))
    this.#outputs = model.outputs
    this.outputNames = [...model.outputs.keys()]
    this.provider = provider
  }

  /** Loads a model. Throws a `RuntimeError` that says why the provider or the model is refused. */
  static async create(model: Model, options: SessionOptions = {}): Promise<Session> {
    const provider = options.provider ?? 'cpu'
    try {
      const inner = await InferenceSession.create(model.bytes, ortOptions(model, options))
      return new Session(inner, model, provider)
    } catch (cause) {
      throw new RuntimeError('load-failed', `The model cannot be loaded on ${provider}: ${messageOf(cause)}`, { cause })
    }
  }

  /**
   * Loads a model file of any exporter as it is, with the files of weights beside it; a size that it leaves open is a
   * symbol or, unnamed, its own place. Throws a `RuntimeError` that says why the provider or the model is refused.
   */
  static async open(path: string, options: SessionOptions = {}): Promise<Session> {
    const provider = options.provider ?? 'cpu'
    try {
      const inner = await InferenceSession.create(path, ortOptions({ mappedBytes: 0 }, options))
      const inputs = inner.inputMetadata.flatMap((input) => valueOf(input))
      const outputs = new Map(inner.outputMetadata.flatMap((output) => valueOf(output).map((one) => [one.name, one])))
      return new Session(inner, { inputs, outputs }, provider)
    } catch (cause) {
      const name = basename(path)
      throw new RuntimeError('load-failed', `${name} cannot be loaded on ${provider}: ${messageOf(cause)}`, { cause })
    }
  }

  /**
   * Runs the model once. A tensor in `into` receives the output of its name in its own memory, without a copy; the
   * others are allocated. `outputs` names the ones wanted; all where not given.
   */
  async run(
    feeds: Feeds,
    { into = {}, outputs = this.outputNames }: { readonly into?: Feeds; readonly outputs?: readonly string[] } = {},
  ): Promise<Record<string, AnyTensor>> {
    const inner = this.#open()
    for (const name of Object.keys(feeds)) if (!this.#inputNames.has(name)) throw this.#unknown(name)
    const ortFeeds = Object.fromEntries(this.inputs.map((input) => [input.name, feedOf(input, feeds[input.name])]))
    const fetches: Record<string, OrtTensor | null> = {}
    for (const name of outputs) {
      if (!this.#outputs.has(name)) {
        throw new RuntimeError('wrong-feed', `The model has no output "${name}"; it has ${this.outputNames.join(', ')}`)
      }
      const target = into[name]
      fetches[name] = target ? ortTensor(target) : null
    }
    const results = await inner.run(ortFeeds, fetches).catch((cause: unknown) => {
      throw new RuntimeError('run-failed', `The model failed on ${this.provider}: ${messageOf(cause)}`, { cause })
    })
    return Object.fromEntries(outputs.map((name) => [name, into[name] ?? this.#result(name, results[name])]))
  }

  /** Frees the model. Running it afterwards throws. */
  async dispose(): Promise<void> {
    const inner = this.#inner
    this.#inner = undefined
    await inner?.release()
  }

  #open(): InferenceSession {
    if (!this.#inner) throw new RuntimeError('disposed', 'The session is disposed: create another one')
    return this.#inner
  }

  #unknown(name: string): RuntimeError {
    const known = this.inputs.map((input) => input.name).slice(0, 20)
    return new RuntimeError('wrong-feed', `The model has no input "${name}"; it has ${known.join(', ') || 'none'}`)
  }

  #result(name: string, tensor: OrtTensor | undefined): AnyTensor {
    const dtype = dtypeNames.find((known) => known === tensor?.type)
    if (!tensor || !dtype)
      throw new RuntimeError('run-failed', `The output "${name}" is of type ${tensor?.type ?? 'nothing'}`)
    // ONNX Runtime keeps its own table from dtype to typed array; it is the same as ours but for float16.
    const { data } = tensor
    const isHalf = dtype === 'float16' && ArrayBuffer.isView(data)
    const bits = isHalf ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2) : data
    return { dtype, shape: tensor.dims, data: bits } as AnyTensor
  }
}

/** Serialises a graph and loads it. */
export async function createSession(
  graph: Graph,
  bind?: BindParameter,
  options: SessionOptions = {},
): Promise<Session> {
  return Session.create(serializeModel(graph, bind), options)
}

/** Loads a graph, runs it once and frees it: for constants, tests and tools. */
export async function evaluate(
  graph: Graph,
  feeds: Feeds = {},
  bind?: BindParameter,
  options: SessionOptions = {},
): Promise<Record<string, AnyTensor>> {
  const session = await createSession(graph, bind, options)
  try {
    return await session.run(feeds)
  } finally {
    await session.dispose()
  }
}

function ortOptions(
  model: Pick<Model, 'mappedBytes' | 'folder'>,
  options: SessionOptions,
): InferenceSession.SessionOptions {
  const { weights = model.mappedBytes > 0 ? 'mapped' : 'folded', threads, extra = {} } = options
  const mapped = weights === 'mapped'
  const folder = model.folder === undefined ? {} : { model_external_initializers_file_folder_path: model.folder }
  return {
    executionProviders: [options.provider ?? 'cpu'],
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    enableCpuMemArena: options.arena ?? !mapped,
    logSeverityLevel: 3,
    extra: {
      ...extra,
      session: { ...folder, ...(mapped ? { disable_prepacking: '1' } : {}), ...extra['session'] },
      optimization: {
        ...(mapped ? { disable_specified_optimizers: foldingOptimizers } : {}),
        ...extra['optimization'],
      },
    },
  }
}

/** What ONNX Runtime tells of an input or output; nothing of one that is no tensor of a known type. */
function valueOf(metadata: InferenceSession.ValueMetadata): ModelValue[] {
  const dtype = dtypeNames.find((known) => metadata.isTensor && known === metadata.type)
  if (!metadata.isTensor || !dtype) return []
  const shape = metadata.shape.map((dim, axis) =>
    typeof dim === 'number' && dim >= 0 ? dim : dimOfSymbol(typeof dim === 'string' ? dim : '', metadata.name, axis),
  )
  return [{ name: metadata.name, dtype, shape }]
}

function feedOf(input: ModelValue, tensor: AnyTensor | undefined): OrtTensor {
  const wanted = `"${input.name}" as ${input.dtype} ${showShape(input.shape)}`
  if (!tensor) throw new RuntimeError('wrong-feed', `The model needs ${wanted}, but it was not fed`)
  const { dtype, shape } = tensor
  const fits =
    dtype === input.dtype &&
    shape.length === input.shape.length &&
    shape.every((size, axis) => unifyDims(size, input.shape[axis] ?? size) !== undefined)
  if (!fits) throw new RuntimeError('wrong-feed', `The model needs ${wanted}, but was fed ${dtype} ${showShape(shape)}`)
  return ortTensor(tensor)
}

function ortTensor(tensor: AnyTensor): OrtTensor {
  switch (tensor.dtype) {
    case 'bfloat16':
    case 'float8e4m3fn':
    case 'float8e5m2':
    case 'int4':
    case 'uint4':
      throw new RuntimeError(
        'wrong-feed',
        `${tensor.dtype} can be a weight, but neither input nor output: cast it in the graph`,
      )
    case 'bool':
      return new OrtTensor('bool', tensor.data, tensor.shape)
    case 'float16':
      return halfTensor(tensor)
    default:
      return new OrtTensor(tensor.dtype, tensor.data, tensor.shape)
  }
}

/**
 * A float16 tensor over its bits. Where Float16Array exists (Node 23 and later), ONNX Runtime's constructor makes one
 * of the bits, and its native part (1.30) counts the bytes of one as none:
 * https://github.com/microsoft/onnxruntime/pull/32323. A tensor of the same 16 bits whose type is set afterwards is
 * taken as it is, on every version and without a copy.
 */
function halfTensor({ data, shape }: Tensor<'float16'>): OrtTensor {
  return Object.defineProperty(new OrtTensor('uint16', data, shape), 'type', { value: 'float16' })
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
