import {
  Session,
  createSession,
  parameterCountOf,
  prepareWeights,
  processorOptions,
  totalMemory,
  withAttentionForm,
  type Graph,
  type PreparedWeights,
  type WeightSource,
  type WeightStrategy,
  type WeightStrategyOptions,
} from '@patchbay/onnx'
import type { Calibration } from './calibration.ts'
import type { Precision } from '../architectures/kinds/precision.ts'
import type { Device } from './device.ts'
import { prepareWithCopy } from '../weights/float-copy.ts'
import type { AppliedUpdate } from '../weights/lora/lora-binding.ts'
import { prepareWithLoras } from '../weights/lora/prepare-with-loras.ts'

/** A model as it would be loaded. */
export interface SessionRequest {
  /** Names the model completely: requests of one key share one session. */
  readonly key: string
  /** Called only where no session of this key is loaded. */
  build(): ModelToLoad | ExportedModel
}
/** An ONNX file that is run as it is; `bytes` are those of its weights. */
export interface ExportedModel {
  readonly file: string
  readonly bytes: number
}
export interface ModelToLoad {
  readonly graph: Graph
  readonly weights: WeightSource
  /** LoRAs whose changes are added. */
  readonly updates?: readonly AppliedUpdate[]
  /** Default `exact`; on other devices than the CPU all is exact. */
  readonly precision?: Precision
  /** Bands of rows in which its convolutions in 8 bits are computed: for networks over whole pictures. Default 1. */
  readonly bands?: number
}

/** Where loaded models live: each stays loaded between uses, within a budget of memory. */
export interface Sessions {
  /** Loads a model where it is not loaded yet, and keeps it loaded at least while `use` runs. */
  with<Result>(request: SessionRequest, use: (session: Session) => Promise<Result>): Promise<Result>
  /** What was made of a model once and is small, by its key: it is kept as long as this lives. */
  remember<Result>(key: string, make: () => Promise<Result>): Promise<Result>
  /** How fast models run on the device, where that is kept. */
  readonly calibration?: Calibration
  /** Frees all that is not in use. */
  clear(): Promise<void>
}

export interface SessionsOptions
  extends
    Partial<Omit<Device, 'name'>>,
    Pick<WeightStrategyOptions, 'strategy' | 'cacheFolder' | 'cacheLimit' | 'memory'> {
  /**
   * Bytes that models may keep while unused, but for the one used last, which always stays. Default two thirds of the
   * memory.
   */
  readonly budgetBytes?: number
  readonly calibration?: Calibration
  /** Whether float32 copies are written to the cache folder; without, one is used only where it is there already. */
  readonly fillCache?: boolean
}

interface Loaded {
  readonly session: Promise<Session>
  /** What it keeps of the memory: all its weights, until their strategy is known. */
  bytes: number
  users: number
}

/**
 * The share of its float32 weights that a session keeps in memory of its own: what is mapped can leave the memory at
 * any time. By
 * `bench -- unet` (private_mb) it is 6 % of mapped ones, and up to 85 % (SDXL's) where matrices are packed.
 */
function keptShare({ session: { weights, extra }, strategy }: PreparedWeights): number {
  if (weights === 'folded') return 1
  if (strategy === 'int8' || strategy === 'int4') return extra ? 0.27 : 0.06
  return extra ? 0.85 : 0.06
}

const quantizedStrategies: Readonly<Record<Precision, WeightStrategy | undefined>> = {
  exact: undefined,
  fast: 'int8',
  small: 'int4',
}

/** Bands of rows for networks over whole pictures, whose columns would take more memory than their maps. */
export const pictureBands = 8

/** Keeps what was made under a key; what failed is made anew by the next call. */
function createMemory(): Sessions['remember'] {
  const remembered = new Map<string, Promise<unknown>>()
  return <Result>(key: string, make: () => Promise<Result>): Promise<Result> => {
    const known = remembered.get(key)
    // What lies under a key was made by the caller of that key.
    if (known) return known as Promise<Result>
    const made = make()
    remembered.set(key, made)
    made.catch(() => remembered.delete(key))
    return made
  }
}

/** Keeps sessions by key; over the budget, the one unused for longest is freed first. */
export function createSessions({
  budgetBytes = (totalMemory() * 2) / 3,
  attention = 'fused',
  calibration,
  fillCache = false,
  ...options
}: SessionsOptions = {}): Sessions {
  const loaded = new Map<string, Loaded>()
  const processor = new Map<string, ReturnType<typeof processorOptions>>()
  const processorFor = (strategy: WeightStrategy | 'auto'): ReturnType<typeof processorOptions> => {
    const known = processor.get(strategy) ?? processorOptions({ strategy })
    processor.set(strategy, known)
    return known
  }

  const load = ({ key, build }: SessionRequest): Loaded => {
    const made = build()
    if ('file' in made) return keep(key, Session.open(made.file, options), made.bytes)
    const { graph: built, weights, updates = [], precision = 'exact', bands = 1 } = made
    const graph = withAttentionForm(built, attention)
    const bytes = 4 * parameterCountOf(graph)
    const create = async (): Promise<Session> => {
      const prepare = fillCache ? prepareWithCopy : prepareWeights
      const quantized = (options.provider ?? 'cpu') === 'cpu' ? quantizedStrategies[precision] : undefined
      const strategy = quantized ?? options.strategy ?? 'auto'
      const { prepared, bind } = prepareWithLoras(graph, weights, updates, prepare, {
        ...(await processorFor(strategy)),
        ...options,
        strategy,
        bands,
      })
      entry.bytes = bytes * keptShare(prepared)
      return createSession(prepared.graph, bind, { ...prepared.session, ...options })
    }
    const entry = keep(key, create(), bytes)
    return entry
  }

  const keep = (key: string, session: Promise<Session>, bytes: number): Loaded => {
    // A model that failed to load is tried again by the next request.
    session.catch(() => loaded.delete(key))
    return { session, bytes, users: 0 }
  }

  const free = async (keepBytes: number, keepKey?: string): Promise<void> => {
    let total = [...loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [key, { session, bytes, users }] of [...loaded]) {
      if (total <= keepBytes) return
      if (users > 0 || key === keepKey) continue
      loaded.delete(key)
      total -= bytes
      await (await session).dispose()
    }
  }

  return {
    remember: createMemory(),
    async with(request, use) {
      const entry = loaded.get(request.key) ?? load(request)
      // Moves it to the end: the first of the map is the one unused for longest.
      loaded.delete(request.key)
      loaded.set(request.key, entry)
      entry.users++
      try {
        return await use(await entry.session)
      } finally {
        entry.users--
        // A sampler asks for its model at each step: one larger than the budget would be loaded anew each time.
        await free(budgetBytes, request.key)
      }
    },
    ...(calibration && { calibration }),
    clear: () => free(0),
  }
}
