/** What a pool keeps: anything that holds memory until it is disposed. */
export interface Disposable {
  dispose(): Promise<void>
}

interface Held<Resource> {
  readonly resource: Resource
  readonly bytes: number
}

/**
 * Loaded models within a budget of bytes. Where another would not fit, the least recently used go first; one that is
 * larger than the whole budget is kept alone.
 */
export class SessionPool<Resource extends Disposable> {
  readonly budget: number
  /** Least recently used first: a Map keeps the order of insertion. */
  readonly #held = new Map<string, Held<Resource>>()

  constructor(budget: number) {
    this.budget = budget
  }

  /** Bytes held now, as their owners stated them. */
  get bytes(): number {
    return [...this.#held.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** The keys held, least recently used first. */
  get keys(): readonly string[] {
    return [...this.#held.keys()]
  }

  /** The resource of this key, opened where it is not held, after making room for its `bytes`. */
  async use(key: string, bytes: number, open: () => Promise<Resource>): Promise<Resource> {
    const known = this.#held.get(key)
    if (known) {
      this.#held.delete(key)
      this.#held.set(key, known)
      return known.resource
    }
    while (this.#held.size > 0 && this.bytes + bytes > this.budget) {
      const [oldest = ''] = this.#held.keys()
      await this.release(oldest)
    }
    const resource = await open()
    this.#held.set(key, { resource, bytes })
    return resource
  }

  /** Disposes the resource of this key, where it is held. */
  async release(key: string): Promise<void> {
    const held = this.#held.get(key)
    this.#held.delete(key)
    await held?.resource.dispose()
  }
}
