/** How long, and how large, a runner process may be. */
export interface RunnerLimits {
  /** From a soft cancel to the kill. A native call does not hear the soft one. */
  readonly cancelGraceMs: number
  /** A running job that says nothing for this long is taken to hang. */
  readonly stallMs: number
  readonly startMs: number
  /** The module of a node pack that takes longer is left out. */
  readonly packMs: number
  /** A check of one workflow that takes longer is given up. */
  readonly checkMs: number
  /** A process this large or this old is replaced when it is next idle. */
  readonly recycleBytes: number
  readonly recycleMs: number
}
