/** Stands for a value that will not come. */
export class Blocked {
  readonly reason: string | undefined

  constructor(reason?: string) {
    this.reason = reason
  }
}

/**
 * Stands for what a node that failed would have given, and for what nodes behind it would have. Unlike another blocked
 * value it is never left out of a list: what is made of nine pictures is not made of eight.
 */
export class Failed extends Blocked {}
