import type { RunEvent } from '../workflow/index.ts'

/**
 * Events as they come, for one reader. What the reader has not taken yet is kept; of passing news, progress and
 * previews, only the latest of each node, so a slow reader costs little memory.
 */
export class EventStream implements AsyncIterable<RunEvent> {
  private queue: (RunEvent | undefined)[] = []
  private head = 0
  /** Places in the queue of passing news, by what it is about. */
  private readonly passing = new Map<string, number>()
  private closed = false
  private wake: (() => void) | undefined

  push(event: RunEvent): void {
    if (this.closed) return
    const about = aboutOf(event)
    if (about !== undefined) {
      const place = this.passing.get(about)
      if (place !== undefined) this.queue[place] = undefined
      this.passing.set(about, this.queue.length)
    }
    this.queue.push(event)
    this.wake?.()
  }

  close(): void {
    this.closed = true
    this.wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<RunEvent, void, undefined> {
    for (;;) {
      while (this.head < this.queue.length) {
        const event = this.queue[this.head]
        this.queue[this.head] = undefined
        this.head++
        if (event) {
          const about = aboutOf(event)
          if (about !== undefined) this.passing.delete(about)
          yield event
        }
      }
      this.queue = []
      this.head = 0
      if (this.closed) return
      await new Promise<void>((resolve) => (this.wake = resolve))
      this.wake = undefined
    }
  }
}

function aboutOf(event: RunEvent): string | undefined {
  if (event.type === 'node-progress') return event.node
  return event.type === 'node-preview' ? `${event.node} ${event.preview.index}` : undefined
}
