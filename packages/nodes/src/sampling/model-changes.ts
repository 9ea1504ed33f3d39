import { float32, type Tensor } from '@patchbay/onnx/tensor'
import { isWithin, sigmaRangeOf } from '../diffusion/index.ts'
import type { Rectangle } from '../image/geometry.ts'
import { imagePromptChange } from '../networks/ip-adapter.ts'
import { changedModel, type AppliedChange, type DenoisingModel } from '../networks/denoising-network.ts'
import { reshape } from '../tensor/index.ts'
import type { DiffusionModel } from '../values/diffusion-model.ts'
import { cellMask } from '../values/latent-mask.ts'
import { cropCells, sizeOfLatents } from '../values/latents.ts'
import type { ModelChange } from '../values/model-change.ts'

/** Values of the inputs that changes add, at a noise level. */
export type InputsAt = (sigma: number) => Readonly<Record<string, Tensor>>

/** Changes that do something, by the names of their inputs. */
function namedChanges({ changes = [] }: DiffusionModel): readonly (readonly [name: string, change: ModelChange])[] {
  return changes
    .map((change, index) => [`change${index}`, change] as const)
    .filter(([, change]) => change.type === 'reweighted-skips' || change.strength !== 0)
}

/** The network of a model with its changes. */
export function changedNetwork(model: DiffusionModel): DenoisingModel {
  const changes = namedChanges(model).map(([name, change]) => appliedChange(model.denoising, name, change))
  return changedModel(model.denoising, changes)
}

function appliedChange(denoising: DenoisingModel, name: string, change: ModelChange): AppliedChange {
  switch (change.type) {
    case 'image-prompt': {
      const { adapter, use, mask } = change
      return imagePromptChange(adapter, denoising, { name, use, isMasked: mask !== undefined })
    }
    case 'aligned-style': {
      const isBlended = change.strength !== 1
      return {
        key: `${name}:aligned${isBlended ? ':blended' : ''}`,
        form: { type: 'shared-attention', name, isBlended },
      }
    }
    case 'reweighted-skips': {
      const { isAdaptive } = change
      return {
        key: `${name}:skips${isAdaptive ? ':adaptive' : ''}`,
        form: { type: 'reweighted-skips', name, isAdaptive },
      }
    }
  }
}

/**
 * What the changes of a model are fed for one side of guidance; `area` is the part of the latents that the network is
 * shown, where it is not all of them. Undefined where nothing is changed.
 */
export function changeInputsFor(
  model: DiffusionModel,
  latents: Tensor,
  side: 'positive' | 'negative',
  area?: Rectangle,
): InputsAt | undefined {
  const all = namedChanges(model).map(([name, change]) => inputsOf(model, latents, { name, change, side, area }))
  return all.length === 0 ? undefined : (sigma) => Object.assign({}, ...all.map((inputs) => inputs(sigma)))
}

const number = (value: number): Tensor => float32([], [value])

function inputsOf(
  { process }: DiffusionModel,
  latents: Tensor,
  {
    name,
    change,
    side,
    area,
  }: Named & { readonly side: 'positive' | 'negative'; readonly area: Rectangle | undefined },
): InputsAt {
  switch (change.type) {
    case 'image-prompt': {
      const range = sigmaRangeOf(process, ...change.during)
      const fixed = {
        [`${name}.tokens`]: change[side],
        ...(change.mask && { [`${name}.mask`]: cellsOf(change.mask, latents, area) }),
      }
      return (sigma) => ({ ...fixed, [`${name}.strength`]: number(isWithin(range, sigma) ? change.strength : 0) })
    }
    case 'aligned-style': {
      const { batch } = sizeOfLatents(latents)
      const first = float32([batch], new Float32Array(batch))
      first.data[0] = 1
      const inputs = {
        [`${name}.first`]: first,
        ...(change.strength !== 1 && { [`${name}.strength`]: number(change.strength) }),
      }
      return () => inputs
    }
    case 'reweighted-skips': {
      const [[b1, b2], [s1, s2]] = [change.backbone, change.skip]
      const inputs = Object.fromEntries(
        Object.entries({ backbone1: b1, backbone2: b2, skip1: s1, skip2: s2 }).map(([part, value]) => [
          `${name}.${part}`,
          number(value),
        ]),
      )
      return () => inputs
    }
  }
}

interface Named {
  readonly name: string
  readonly change: ModelChange
}

/** A mask as [1 or batch, 1, height, width] of the latents that the network is shown. */
function cellsOf(mask: Tensor, latents: Tensor, area: Rectangle | undefined): Tensor {
  const cells = cellMask(mask, latents)
  const [batch = 1, height = 1, width = 1] = cells.shape
  const map = reshape(cells, [batch, 1, height, width])
  return area ? cropCells(map, area) : map
}
