import { numberAt } from '@patchbay/onnx/tensor'
import { int, listLink, listOf } from '@patchbay/engine'
import { defineNode } from '../../host/define-node.ts'
import { batchLatents, pickLatents } from '../../values/latent-operations.ts'
import { withoutSize } from '../../sampling/memory-checks.ts'
import { Latents } from '../../values/socket-types.ts'

/** The latents of several batches, in batches of another size. */
export const rebatchLatents = defineNode({
  type: 'RebatchLatents',
  version: 1,
  category: 'latents',
  description:
    'The latents of several batches as a list of batches of one size. A batch ends early where latents of another shape begin.',
  aliases: ['split', 'batch size', 'list'],
  inputs: { latents: listLink(Latents), size: int({ default: 1, min: 1, max: 4096 }) },
  outputs: { latents: listOf(Latents) },
  traits: ({ links: { latents = {} } }) => ({ latents: withoutSize(latents) }),
  run({ latents, size }) {
    const single = latents.flatMap((batch) =>
      Array.from({ length: numberAt(batch.tensor.shape, 0) }, (_, index) => pickLatents(batch, index, 1)),
    )
    const groups: (typeof single)[] = []
    for (const each of single) {
      const last = groups.at(-1)
      if (last && last.length < size && last[0] && isSameShape(last[0].tensor.shape, each.tensor.shape)) last.push(each)
      else groups.push([each])
    }
    return { latents: groups.map((group) => batchLatents(group)) }
  },
})

const isSameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((side, axis) => side === b[axis])
