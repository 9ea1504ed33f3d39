import type { FamilyEvidence } from './family.ts'

/** Whether a denoiser is a UNet that reads text of this width, with pooled text of this one or without. */
export function isUNetFor(
  { architecture, network }: FamilyEvidence,
  text: { readonly width: number; readonly pooledWidth?: number },
): boolean {
  return (
    isNamed(architecture, 'unet-2d-condition') &&
    network.textWidth === text.width &&
    (text.pooledWidth === undefined || network.pooledWidth === text.pooledWidth)
  )
}

const isNamed = (name: FamilyEvidence['architecture'], other: FamilyEvidence['architecture']): boolean => name === other
