import type { WeightSource } from '@patchbay/onnx'
import { denoisers } from './denoisers.ts'
import type { DenoiserArchitecture, DenoiserNetwork, DenoiserPartOf } from './kinds/denoiser.ts'

export type DenoiserName = keyof typeof denoisers
type ConfigOf<Name extends DenoiserName> = ReturnType<(typeof denoisers)[Name]['parse']>
type Table = { readonly [Name in DenoiserName]: DenoiserArchitecture<Name, ConfigOf<Name>> }

/** A denoising network as opened: weights and config, tagged by the architecture that reads them. */
export type DenoiserPart<Name extends DenoiserName = DenoiserName> = {
  readonly [Each in Name]: DenoiserPartOf<Each, ConfigOf<Each>>
}[Name]

/**
 * Typed so that the compiler holds each entry to its kind, and knows that an architecture and the config of a part go
 * together.
 */
const table: Table = denoisers

/** The network of a part. */
export function networkOf<Name extends DenoiserName>(part: DenoiserPart<Name>): DenoiserNetwork {
  return table[part.architecture].network(part.config)
}

/** The architecture of a part. */
export function architectureOf({ architecture }: DenoiserPart): Table[DenoiserName] {
  return table[architecture]
}

/** All architectures, in the order in which they are tried on a file. */
export const denoiserArchitectures: readonly Table[DenoiserName][] = Object.values(table)

/**
 * The denoising network in a file, alone or in a whole checkpoint; undefined where there is none. Only names and
 * shapes are read.
 */
export function denoiserIn(source: WeightSource): DenoiserPart | undefined {
  for (const architecture of denoiserArchitectures) {
    const part = architecture.partIn(source)
    if (part) return part
  }
  return undefined
}
