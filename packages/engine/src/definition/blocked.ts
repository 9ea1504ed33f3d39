/** Stands for a value that will not come. */
export class Blocked {
  readonly reason: string | undefined

  constructor(reason?: string) {
    this.reason = reason
  }
}
