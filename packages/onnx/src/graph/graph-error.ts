/** A graph that cannot be: wrong shapes, dtypes or names. Thrown by the call that would have made it. */
export class GraphError extends Error {
  override readonly name = 'GraphError'
  readonly code = 'invalid-graph'
}
