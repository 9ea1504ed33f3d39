import { choice } from '@patchbay/engine'
import { formulaSets } from '../diffusion/index.ts'

/** An input that says whose formulas a node follows. */
export const formulasInput = () =>
  choice(formulaSets, 'published', {
    advanced: true,
    description: "Whose formulas it follows where programs differ: our own, or ComfyUI's.",
  })
