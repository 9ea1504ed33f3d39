import {
  Session,
  convolutionBlock,
  createSession,
  parameterCountOf,
  prepareWeights,
  withAttentionForm,
} from '@patchbay/onnx'
import type { Graph, WeightSource, WeightStrategyOptions } from '@patchbay/onnx'
import type { Calibration } from './calibration.ts'
import type { Device } from './device.ts'
import { prepareWithCopy } from './float-copy.ts'
import type { AppliedUpdate } from './lora-binding.ts'
import { prepareWithLoras } from './prepare-with-loras.ts'

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
}

/** Where loaded models live: each stays loaded between uses, within a budget of memory. */
export interface Sessions {
  /** Loads a model where it is not loaded yet, and keeps it loaded at least while `use` runs. */
  with<Result>(request: SessionRequest, use: (session: Session) => Promise<Result>): Promise<Result>
  /** How fast models run on the device, where that is kept. */
  readonly calibration?: Calibration
  /** Frees all that is not in use. */
  clear(): Promise<void>
}

export interface SessionsOptions
  extends
    Partial<Omit<Device, 'name'>>,
    Pick<WeightStrategyOptions, 'strategy' | 'cacheFolder' | 'cacheLimit' | 'memory'> {
  /** Bytes of float32 weights that may stay loaded while unused. Default 8 GiB. */
  readonly budgetBytes?: number
  readonly calibration?: Calibration
  /** Whether float32 copies are written to the cache folder; without, one is used only where it is there already. */
  readonly fillCache?: boolean
}

interface Loaded {
  readonly session: Promise<Session>
  readonly bytes: number
  users: number
}

/** Keeps sessions by key; over the budget, the one unused for longest is freed first. */
export function createSessions({
  budgetBytes = 8 * 2 ** 30,
  attention = 'fused',
  calibration,
  fillCache = false,
  ...options
}: SessionsOptions = {}): Sessions {
  const loaded = new Map<string, Loaded>()
  let block: Promise<number> | undefined
  const blockSize = (): Promise<number> => (block ??= convolutionBlock())

  const load = ({ key, build }: SessionRequest): Loaded => {
    const made = build()
    if ('file' in made) return keep(key, Session.open(made.file, options), made.bytes)
    const { graph: built, weights, updates = [] } = made
    const graph = withAttentionForm(built, attention)
    const bytes = 4 * parameterCountOf(graph)
    const create = async (): Promise<Session> => {
      const prepare = fillCache ? prepareWithCopy : prepareWeights
      const { prepared, bind } = prepareWithLoras(graph, weights, updates, prepare, {
        block: await blockSize(),
        ...options,
      })
      return createSession(prepared.graph, bind, { ...prepared.session, ...options })
    }
    return keep(key, create(), bytes)
  }

  const keep = (key: string, session: Promise<Session>, bytes: number): Loaded => {
    // A model that failed to load is tried again by the next request.
    session.catch(() => loaded.delete(key))
    return { session, bytes, users: 0 }
  }

  const free = async (keepBytes: number): Promise<void> => {
    let total = [...loaded.values()].reduce((sum, { bytes }) => sum + bytes, 0)
    for (const [key, { session, bytes, users }] of [...loaded]) {
      if (total <= keepBytes) return
      if (users > 0) continue
      loaded.delete(key)
      total -= bytes
      await (await session).dispose()
    }
  }

  return {
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
        await free(budgetBytes)
      }
    },
    ...(calibration && { calibration }),
    clear: () => free(0),
  }
}
