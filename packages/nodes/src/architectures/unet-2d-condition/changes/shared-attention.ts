import { featureMap, ops, type FeatureMap, type LayerHooks, type Value } from '@patchbay/onnx'

/** What the change needs of its inputs. */
export interface SharedAttentionInputs {
  /** [batch], 1 where an item is one that those after it follow, else 0. */
  readonly first: Value
  /** []; without, all of the change counts. */
  readonly strength?: Value | undefined
}

/** As google/style-aligned adds it to variances. */
const epsilon = 1e-5

/**
 * StyleAligned (Hertz et al. 2023, section 3.2): queries and keys of self-attention take on the mean and deviation of
 * those of the first item (AdaIN), every item attends to the keys and values of the first one beside its own, and
 * group normalisation measures both together.
 */
export function sharedAttentionHooks({ first, strength }: SharedAttentionInputs): LayerHooks {
  const reference = referenceOf(first)
  const ofFirst = (x: Value): Value => ops.gather(x, reference, 0)
  const blend = (own: Value, shared: Value): Value =>
    strength ? ops.add(own, ops.mul(ops.sub(shared, own), strength)) : shared
  return {
    attention(at, parts, attend) {
      if (parts.isCross) return attend(parts)
      return at.build(() => {
        const adapted = (x: Value): Value => adaptiveNorm(x, ofFirst)
        const [query, key, { value }] = [adapted(parts.query), adapted(parts.key), parts]
        const shared = attend({
          ...parts,
          query,
          key: ops.concat([key, ofFirst(key)], 1),
          value: ops.concat([value, ofFirst(value)], 1),
        })
        return strength ? blend(attend(parts), shared) : shared
      })
    },
    groupNorm(at, x, norm) {
      if (x.layout === 'tokens') return norm(x)
      const both = norm(withFirstBelow(x, ofFirst))
      const value = at.build(() => ops.take(both.value, 2, x.height))
      return { ...x, value: strength ? blend(norm(x).value, value) : value }
    },
  }
}

/** -> int64 [batch]: for each item the last one at or before it that is a first one. */
function referenceOf(first: Value): Value {
  const items = ops.range(first.graph, first.shape[0] ?? 1)
  const places = ops.mul(items, ops.cast(first, 'int64'))
  const isBefore = ops.lessOrEqual(ops.unsqueeze(items, [0]), ops.unsqueeze(items, [1]))
  const candidates = ops.where(isBefore, ops.unsqueeze(places, [0]), first.graph.scalar('int64', 0))
  return ops.cast(ops.reduceMax(ops.cast(candidates, 'float32'), { axes: [1], keepDims: false }), 'int64')
}

/** AdaIN (Huang and Belongie 2017) of a sequence [n, s, w], channel by channel, over its places. */
function adaptiveNorm(x: Value, ofFirst: (x: Value) => Value): Value {
  const mean = ops.reduceMean(x, { axes: [1] })
  const centred = ops.sub(x, mean)
  const deviation = ops.sqrt(ops.add(ops.reduceMean(ops.mul(centred, centred), { axes: [1] }), epsilon))
  return ops.add(ops.mul(ops.div(centred, deviation), ofFirst(deviation)), ofFirst(mean))
}

/** Each map with that of its first item below it, as high as both together. */
function withFirstBelow(x: FeatureMap, ofFirst: (x: Value) => Value): FeatureMap {
  return featureMap(ops.concat([x.value, ofFirst(x.value)], 2))
}
