import type { WeightSource } from '@patchbay/onnx'

/** How many entries `prefix.0`, `prefix.1`, … the names of weights have. */
export function countOf(source: WeightSource, prefix: string): number {
  const start = `${prefix}.`
  const indices = source.names.flatMap((name) =>
    name.startsWith(start) ? [Number.parseInt(name.slice(start.length), 10)] : [],
  )
  return 1 + Math.max(-1, ...indices.filter(Number.isInteger))
}

/** The size of a weight along an axis; undefined where there is no such weight. */
export function sizeAt(source: WeightSource, name: string, axis: number): number | undefined {
  return source.get(name)?.shape[axis]
}

/** 0, 1, … below a length. */
export const indicesBelow = (length: number): readonly number[] => Array.from({ length }, (_, index) => index)
