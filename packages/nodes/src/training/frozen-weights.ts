import { bindWeights, renameWeights, type BindParameter, type TrainerOptions, type WeightSource } from '@patchbay/onnx'

/** Weights that a loss uses and does not train, by what their names begin with there. */
export interface FrozenWeights {
  readonly place: string
  readonly weights: WeightSource
}

/**
 * What of a loss is trained, and where the rest comes from.
 * @param base for parameters at none of the places
 */
export function withFrozen(
  parts: readonly FrozenWeights[],
  base: { readonly trainable?: (name: string) => boolean; readonly bind?: BindParameter } = {},
): Pick<TrainerOptions, 'trainable' | 'bind'> {
  if (parts.length === 0) return base
  const bound = parts.map(({ place, weights }) => ({
    start: `${place}.`,
    bind: bindWeights(renameWeights(weights, (name) => `${place}.${name}`)),
  }))
  const at = (name: string) => bound.find(({ start }) => name.startsWith(start))
  return {
    trainable: (name) => at(name) === undefined && (base.trainable?.(name) ?? true),
    bind(parameter) {
      const bind = at(parameter.name)?.bind ?? base.bind
      if (!bind) throw new TypeError(`Nothing says where "${parameter.name}" comes from`)
      return bind(parameter)
    },
  }
}
