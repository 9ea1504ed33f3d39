export interface ResourceRequest<T> {
  /** What it is, e.g. the content hash of a file and the device: the same key is loaded once. */
  readonly key: string
  /** Estimated size, for the budget. */
  readonly bytes: number
  load(): T | Promise<T>
  /** Frees it. Called once, when nothing needs it. */
  dispose?(value: T): void | Promise<void>
}

/** A counted hold on a loaded value; it passes through sockets as it is, and the engine counts it wherever it keeps it. */
export interface Resource<T = unknown> {
  readonly key: string
  readonly bytes: number
  readonly value: T
}

export interface ResourcePool {
  acquire<T>(request: ResourceRequest<T>): Promise<Resource<T>>
}
