import { type OutputRecord, ValueList } from './flowing.ts'

export interface ResourceRequest<T> {
  /** What it is, e.g. the content hash of a file and the device: the same key is loaded once. */
  readonly key: string
  /** Estimated size, for the budget. */
  readonly bytes: number
  load(): T | Promise<T>
  /** Frees it. Called once, when nothing needs it. */
  dispose?(value: T): void | Promise<void>
}

/**
 * A counted hold on a loaded value; it passes through sockets as it is, and the engine counts it wherever it keeps it.
 */
export class Resource<T = unknown> {
  readonly key: string
  readonly bytes: number
  readonly value: T
  constructor(key: string, bytes: number, value: T) {
    this.key = key
    this.bytes = bytes
    this.value = value
  }
}

/** What a node sees of the pool. What it acquires is held until it settles, and beyond if it is part of its outputs. */
export interface ResourcePool {
  acquire<T>(request: ResourceRequest<T>): Promise<Resource<T>>
}

/** Holds on the resources in results. */
export interface ResourceHolds {
  /** Holds every resource in `results`; returns what lets them go, or undefined when there are none. */
  hold(results: OutputRecord): (() => void) | undefined
}

export interface HostResourcePool extends ResourceHolds {
  /** Loads, or finds what is loaded, and holds it until `release` is called. */
  acquire<T>(request: ResourceRequest<T>): Promise<{ readonly resource: Resource<T>; release(): void }>
  readonly bytes: number
  readonly keys: readonly string[]
  /** Adds someone who keeps resources without needing them, and lets them go when memory is short. */
  onShortage(release: (isEnough: () => boolean) => void): void
}

interface Pooled {
  readonly loaded: Promise<Resource>
  readonly bytes: number
  holds: number
  dispose(): Promise<void>
}

/** How deep in a value resources are looked for: a loaded model with adapters around it is two. */
const holdDepth = 4

/**
 * Keeps values that cannot be copied, counts who holds them, and frees each when its last hold goes. When a new one
 * would pass `maxBytes`, those who keep resources only for reuse let go first; what is needed at this moment stays,
 * whatever the budget.
 */
export function createResourcePool({
  maxBytes = Infinity,
  onDisposeError = () => undefined,
}: {
  readonly maxBytes?: number
  readonly onDisposeError?: (key: string, error: unknown) => void
} = {}): HostResourcePool {
  const pooled = new Map<string, Pooled>()
  const keepers: ((isEnough: () => boolean) => void)[] = []
  let bytes = 0

  function holdOf(key: string, entry: Pooled): () => void {
    entry.holds++
    let held = true
    return () => {
      if (!held) return
      held = false
      entry.holds--
      if (entry.holds > 0) return
      pooled.delete(key)
      bytes -= entry.bytes
      entry.dispose().catch((error: unknown) => {
        onDisposeError(key, error)
      })
    }
  }

  return {
    get bytes() {
      return bytes
    },
    get keys() {
      return [...pooled.keys()]
    },
    onShortage(release) {
      keepers.push(release)
    },
    async acquire<T>({ key, bytes: size, load, dispose }: ResourceRequest<T>) {
      let entry = pooled.get(key)
      if (!entry) {
        const isEnough = () => bytes + size <= maxBytes
        for (const release of keepers) if (!isEnough()) release(isEnough)
        const loading = Promise.resolve().then(load)
        entry = {
          loaded: loading.then((value) => new Resource(key, size, value)),
          bytes: size,
          holds: 0,
          dispose: async () => {
            const value = await loading.catch(() => undefined)
            if (value !== undefined) await dispose?.(value)
          },
        }
        pooled.set(key, entry)
        bytes += size
      }
      const release = holdOf(key, entry)
      try {
        // One key names one kind of value: every request for it loads the same type.
        return { resource: (await entry.loaded) as Resource<T>, release }
      } catch (error) {
        release()
        throw error
      }
    },
    hold(results) {
      if (pooled.size === 0) return undefined
      const heldKeys = new Set<string>()
      for (const value of Object.values(results)) collectKeys(value, heldKeys)
      const releases = [...heldKeys].flatMap((key) => {
        const entry = pooled.get(key)
        return entry ? [holdOf(key, entry)] : []
      })
      if (releases.length === 0) return undefined
      return () => {
        for (const release of releases) release()
      }
    },
  }
}

function collectKeys(value: unknown, heldKeys: Set<string>, depth = holdDepth): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return
  if (value instanceof Resource) heldKeys.add(value.key)
  else if (value instanceof ValueList) for (const one of value.values) collectKeys(one, heldKeys, depth)
  else if (depth > 0) for (const member of Object.values(value)) collectKeys(member, heldKeys, depth - 1)
}
