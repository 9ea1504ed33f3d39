import { choice } from '@patchbay/engine'
import { int8Support } from '@patchbay/onnx'
import { precisions, type Precision } from '../../architectures/kinds/precision.ts'
import type { Services } from '../../host/services.ts'

/** What the nodes that load models offer: the precisions, and `auto`, which is what the host says. */
export const precisionChoices = ['auto', ...precisions] as const
export type PrecisionChoice = (typeof precisionChoices)[number]

/** How closely the network of a loader computes. */
export const precisionInput = choice(precisionChoices, 'auto', {
  advanced: true,
  description:
    'exact computes in float32. fast computes products and convolutions in 8 bits: about half the time and a third of the memory on a processor, for pictures that differ a little. small also keeps the weights of products in 4 bits. auto is what the server says: exact, unless it was started with --precision.',
})

type Values = { readonly precision?: PrecisionChoice }
type Host = Pick<Services, 'precision' | 'device'>

/** The precision that a loader is asked for. */
export function wantedPrecision({ precision = 'auto' }: Values, { precision: hosts = 'exact' }: Host): Precision {
  return precision === 'auto' ? hosts : precision
}

/** Part of a loader's fingerprint: what `auto` means can change while the value stays. */
export const precisionFingerprint = ({ values }: { readonly values: Values }, services: Host): string =>
  wantedPrecision(values, services)

/**
 * The precision that a loader gets: `exact`, with a warning that says why, where the device gains nothing by another or
 * the model is run from graphs that somebody exported.
 */
export async function precisionHere(
  values: Values,
  services: Host,
  warn: (message: string) => void,
  { isExported = false }: { readonly isExported?: boolean } = {},
): Promise<Precision> {
  const wanted = wantedPrecision(values, services)
  if (wanted === 'exact') return 'exact'
  const reason = isExported ? 'an ONNX pipeline runs as it was exported' : await reasonAgainst(services)
  if (reason === undefined) return wanted
  warn(`The precision is exact and not ${wanted}: ${reason}.`)
  return 'exact'
}

async function reasonAgainst({ device: { provider = 'cpu', threads } }: Host): Promise<string | undefined> {
  if (provider !== 'cpu') return `${provider} computes in float32 here`
  const support = await int8Support(threads)
  return support.isUseful ? undefined : support.reason
}
