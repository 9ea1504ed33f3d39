import { GraphError } from '../graph/graph-error.ts'
import { showShape } from '../graph/shape.ts'
import { showValue, type Value } from '../graph/graph.ts'
import { byteLengthOf } from '../tensor/dtype.ts'
import { tensorOfBytes } from '../tensor/tensor.ts'
import { requireWeight, type WeightSource } from '../weights/weight-source.ts'
import type { BindParameter, ParameterBinding } from './binding.ts'

/**
 * Binds each parameter to the weight of its name: mapped where it lies in a file, stored in the model where it lies in
 * memory. Throws for a weight that is missing or has another shape. A weight whose shape differs only by axes of
 * length 1 (a linear layer stored as 1×1 convolution) is taken as it lies.
 */
export function bindWeights(source: WeightSource): BindParameter {
  return (parameter) => bindingOf(source, parameter)
}

function bindingOf(source: WeightSource, parameter: Value): ParameterBinding {
  const { dtype, shape, place } = requireWeight(source, parameter.name)
  if (!sameButForOnes(parameter.shape, shape)) {
    throw new GraphError(
      `${source.title}: the weight "${parameter.name}" has shape ${showShape(shape)}, ` +
        `but the graph expects ${showValue(parameter)}: are these weights of another architecture?`,
    )
  }
  if (place.type === 'memory') {
    return { type: 'tensor', tensor: tensorOfBytes(dtype, parameter.shape.map(Number), place.bytes) }
  }
  if (place.length !== byteLengthOf(dtype, shape)) {
    throw new GraphError(
      `${source.title}: the weight "${parameter.name}" takes ${place.length} bytes, not those of its shape`,
    )
  }
  return { type: 'file', dtype, path: place.path, offset: place.offset, length: place.length }
}

function sameButForOnes(a: readonly unknown[], b: readonly unknown[]): boolean {
  const left = a.filter((dim) => dim !== 1)
  const right = b.filter((dim) => dim !== 1)
  return left.length === right.length && left.every((dim, axis) => dim === right[axis])
}
