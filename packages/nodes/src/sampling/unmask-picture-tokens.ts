import { numberAt, type Tensor } from '@patchbay/onnx/tensor'
import { pictureTokens, type PictureTokens } from '../decoding/picture-tokens.ts'
import { sampleToken } from '../decoding/sample-token.ts'
import { masksAfter, passTemperatures, type UnmaskSchedule } from '../decoding/unmask.ts'
import { maskedLogits, type MaskedRun } from '../networks/tokens/masked-tokens.ts'
import type { Sessions } from '../networks/sessions.ts'
import type { MaskedModel } from '../networks/tokens/token-model.ts'
import { parseSeed, philoxUniform, seedOfItem, type Seed } from '../random/index.ts'

export interface Unmasking extends MaskedRun {
  readonly seed: Seed
  readonly passes: number
  readonly schedule: UnmaskSchedule
  /** How much chance there is in which places stay masked, at the first pass; it falls to 0 at the last. */
  readonly temperature: number
  /** The codes to begin with; all that `isMasked` marks are made anew. */
  readonly start: PictureTokens
  /** [batch · rows · columns] */
  readonly isMasked: readonly boolean[]
  readonly signal?: AbortSignal
  /** After each pass: how many are done, and what the pictures are if all that was predicted is kept. */
  onPass?(done: number, predicted: PictureTokens): void | Promise<void>
}

/** Keep the draws of codes and those of masks apart from other draws of the same seed. */
const codeStream = 3
const maskStream = 4

/**
 * Pictures as codes, all places at once and those that are least sure again (Chang et al. 2022; Patil et al. 2024).
 * Picture k is that of seed + k alone.
 */
export async function unmaskPictureTokens(
  sessions: Sessions,
  model: MaskedModel,
  run: Unmasking,
): Promise<PictureTokens> {
  const { start, seed, passes, signal, onPass } = run
  const [batch, rows, columns] = start.shape
  const places = rows * columns
  const data = start.data.map((code, place) => (run.isMasked[place] === true ? model.maskToken : code))
  const temperatures = passTemperatures(run.temperature, 0, passes)
  const first = parseSeed(seed)
  let predicted = start
  for (let pass = 0; pass < passes; pass++) {
    signal?.throwIfAborted()
    const logits = await maskedLogits(sessions, model, run, { data, shape: start.shape })
    predicted = { ...start, data: data.slice() }
    for (let k = 0; k < batch; k++) {
      const own = data.subarray(k * places, (k + 1) * places)
      const isMasked = Array.from(own, (code) => code === model.maskToken)
      const pick = (stream: number): Float32Array => philoxUniform(seedOfItem(first, k), [places], [pass, stream]).data
      const codes = codesOfPass(logits, k, { isMasked, own, draws: pick(codeStream) })
      predicted.data.set(codes.codes, k * places)
      const again = masksAfter({
        probabilities: codes.probabilities,
        isMasked,
        draws: pick(maskStream),
        pass,
        passes,
        schedule: run.schedule,
        temperature: numberAt(temperatures, pass),
        startShare: run.isMasked.slice(k * places, (k + 1) * places).filter(Boolean).length / places,
      })
      own.set(codes.codes.map((code, place) => (again[place] === true ? model.maskToken : code)))
    }
    await onPass?.(pass + 1, predicted)
  }
  return pictureTokens(predicted.data, start.shape, start.codes)
}

/** A code for each masked place, drawn as likely as the model says, and how likely it was. */
function codesOfPass(
  { data, shape: [, places = 0, codes = 0] }: Tensor,
  item: number,
  {
    isMasked,
    own,
    draws,
  }: { readonly isMasked: readonly boolean[]; readonly own: Int32Array; readonly draws: Float32Array },
): { readonly codes: Int32Array; readonly probabilities: Float32Array } {
  const chosen = own.slice()
  const probabilities = new Float32Array(places).fill(1)
  for (let place = 0; place < places; place++) {
    if (isMasked[place] !== true) continue
    const logits = data.subarray((item * places + place) * codes, (item * places + place + 1) * codes)
    const code = sampleToken(logits, {}, numberAt(draws, place))
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - numberAt(logits, code)), 0)
    chosen[place] = code
    probabilities[place] = 1 / total
  }
  return { codes: chosen, probabilities }
}
