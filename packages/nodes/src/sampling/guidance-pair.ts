import type { Tensor } from '@patchbay/onnx/tensor'
import type { ControlledConditioning } from '../networks/control-net.ts'
import { concatBatch } from '../tensor/index.ts'
import { expandBatch } from '../architectures/kinds/expand-batch.ts'
import type { TimedControl } from './controls.ts'
import { sizeOfLatents } from '../values/latents.ts'

/**
 * Beyond this many cells a call of twice the batch is no faster, and its memory begins to count: a picture of 512 ×
 * 512.
 */
const mostCells = 64 * 64

/** What a network takes of a part of conditioning at one noise level, with the controls that act there. */
export interface ActingConditioning extends ControlledConditioning {
  readonly controls: readonly TimedControl[]
}

/**
 * The conditioning of one call for a positive and a negative part, for latents twice in a batch; undefined where
 * the two differ in shape, or where two calls are as fast.
 */
export function pairedConditioning(
  latents: Tensor,
  positive: ActingConditioning,
  negative: ActingConditioning,
): ActingConditioning | undefined {
  const { batch, height, width } = sizeOfLatents(latents)
  if (batch * height * width > mostCells || !canPair(positive, negative)) return undefined
  const both = (a: Tensor, b: Tensor): Tensor => concatBatch([expandBatch(a, batch), expandBatch(b, batch)])
  const { pooled, beside, added = {} } = negative
  return {
    ...positive,
    embeddings: both(positive.embeddings, negative.embeddings),
    ...(positive.pooled && pooled && { pooled: both(positive.pooled, pooled) }),
    ...(positive.beside && beside && { beside: both(positive.beside, beside) }),
    ...(positive.added && { added: pairedInputs(positive.added, added, both) }),
    controls: positive.controls.map((control) => ({ ...control, hint: both(control.hint, control.hint) })),
  }
}

function canPair(a: ActingConditioning, b: ActingConditioning): boolean {
  const hasBoth = (one: Tensor | undefined, other: Tensor | undefined): boolean =>
    (one === undefined) === (other === undefined) && one?.shape[1] === other?.shape[1]
  const sizesOf = ({ sizes = [] }: ActingConditioning): string => sizes.join()
  return (
    hasBoth(a.embeddings, b.embeddings) &&
    hasBoth(a.pooled, b.pooled) &&
    hasBoth(a.beside, b.beside) &&
    sizesOf(a) === sizesOf(b) &&
    areInputsAlike(a.added ?? {}, b.added ?? {}) &&
    a.distilledGuidance === b.distilledGuidance &&
    a.controls.length === b.controls.length &&
    a.controls.every((control, index) => isSameControl(control, b.controls[index]))
  )
}

type Inputs = Readonly<Record<string, Tensor>>

/** The inputs that changes add: what is the same for all latents stays, the rest goes with its latents. */
function pairedInputs(a: Inputs, b: Inputs, both: (a: Tensor, b: Tensor) => Tensor): Inputs {
  const entries = Object.entries(a)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, value.shape.length === 0 ? value : both(value, b[name] ?? value)]),
  )
}

function areInputsAlike(a: Inputs, b: Inputs): boolean {
  return Object.entries(a).every(([name, { shape, data }]) => {
    const other = b[name]
    if (!other || shape.slice(1).join() !== other.shape.slice(1).join()) return false
    return shape.length > 0 || data[0] === other.data[0]
  })
}

function isSameControl(a: TimedControl, b: TimedControl | undefined): boolean {
  return a.controlNet.key === b?.controlNet.key && a.image === b.image && a.strength === b.strength
}
