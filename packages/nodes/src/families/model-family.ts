import { networkOf, type DenoiserPart } from '../architectures/denoiser-part.ts'
import type { Family, FamilyEvidence } from './family.ts'
import { families } from './table.ts'

/** Which checkpoints, LoRAs and ControlNets go together. */
export type ModelFamily = keyof typeof families

/** What is known of a family. */
export const familyNamed = (name: ModelFamily): Family => families[name]

const names = Object.keys(families).filter((name): name is ModelFamily => name in families)

/** The family of a checkpoint: by its denoiser, and by the text encoders that came with it. */
export function familyOf(denoiser: DenoiserPart, textEncoders: FamilyEvidence['textEncoders'] = []): ModelFamily {
  const evidence = { architecture: denoiser.architecture, network: networkOf(denoiser), textEncoders }
  return names.find((name) => familyNamed(name).recognise(evidence)) ?? 'unknown'
}

/** The family of text encoders by themselves, CLIPs by the widths of their hidden states, narrow ones first. */
export function familyOfTextEncoders(encoders: readonly TextEncoderKind[]): ModelFamily {
  const text = (kinds: readonly TextEncoderKind[]): string => kinds.map(({ kind, width }) => `${kind} ${width}`).join()
  return (
    names.find((name) => encoders.length > 0 && text(familyNamed(name).textEncoders) === text(encoders)) ?? 'unknown'
  )
}

interface TextEncoderKind {
  readonly kind: string
  /** Of a CLIP. */
  readonly width?: number
}

/** What people call the family whose denoisers read text of this width; undefined where none is known to. */
export function familyTitleOfTextWidth(width: number): string | undefined {
  const widthOf = ({ textEncoders }: Family): number =>
    textEncoders.reduce((sum, encoder) => sum + (encoder.kind === 'clip' ? encoder.width : 0), 0)
  const name = names.find((each) => widthOf(familyNamed(each)) === width)
  return name && familyNamed(name).title
}
