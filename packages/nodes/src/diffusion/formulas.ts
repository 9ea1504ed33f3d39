/**
 * Which formulas a run follows where programs differ: those of the papers, or ComfyUI's, so that a workflow that was
 * made there gives the picture that it gives there. `docs/sampling.md` lists where they differ.
 */
export const formulaSets = ['published', 'comfyui'] as const
export type Formulas = (typeof formulaSets)[number]
