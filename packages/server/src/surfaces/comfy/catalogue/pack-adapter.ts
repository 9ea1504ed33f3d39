import { z } from 'zod'
import type { ComfyClass } from '../classes/comfy-class.ts'
import { adapter } from '../adapters/declare.ts'
import { adapters } from '../adapters/index.ts'

const name = z.string().min(1).max(200)
const shorthand = z.union([
  z.string(),
  z.tuple([z.string(), z.record(z.string(), z.json())]).readonly(),
  z.strictObject({ value: z.json() }),
  z.strictObject({ part: z.string(), output: z.string() }),
])
const part = z.tuple([name, z.record(z.string(), shorthand)]).readonly()
const declaration = z.strictObject({
  name,
  displayName: name,
  category: z.string(),
  description: z.string().default(''),
  inputs: z
    .array(
      z.strictObject({
        name,
        type: name,
        options: z.record(z.string(), z.json()).default({}),
        choices: z.array(z.string()).optional(),
        folder: z.string().optional(),
        optional: z.boolean().default(false),
        json: z.boolean().default(false),
      }),
    )
    .readonly(),
  outputs: z.array(z.tuple([name, z.string().nullable()]).or(z.tuple([name, z.string().nullable(), name]))).readonly(),
  outputNode: z.boolean().default(false),
  is: z.union([part, z.record(z.string(), part)]),
})

/** The adapter that a node pack declares; throws a sentence that names it and what is wrong. */
export function packAdapterOf(declared: unknown, pack: string): ComfyClass {
  const parsed = declaration.safeParse(declared)
  if (!parsed.success) {
    const of = typeof declared === 'object' && declared !== null && 'name' in declared ? String(declared.name) : '?'
    const [first] = parsed.error.issues
    throw new Error(`its adapter "${of}": ${first?.path.join('.') ?? ''}: ${first?.message ?? 'is wrong'}`)
  }
  const { inputs, ...rest } = parsed.data
  if (adapters.some((known) => known.name === rest.name)) {
    throw new Error(`it brings an adapter for "${rest.name}", which there is already`)
  }
  return adapter({
    ...rest,
    module: `custom_nodes.${pack}`,
    inputs: inputs.map(({ choices, folder, ...input }) => ({
      ...input,
      ...(choices ? { choices } : {}),
      ...(folder === undefined ? {} : { folder }),
    })),
  })
}
