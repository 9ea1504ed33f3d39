import { type AnyNodeDefinition, alternatives, nearestName } from '@patchbay/engine'
import { z } from 'zod'
import type { ComfyClass, NativeSource } from '../classes/comfy-class.ts'
import { adapter } from '../adapters/declare.ts'
import { adapters } from '../adapters/index.ts'

const name = z.string().min(1).max(200)
const valueMap = z.record(z.string(), z.json())
const shorthand = z.union([
  z.string(),
  z.tuple([z.string(), valueMap]).readonly(),
  z.strictObject({ value: z.json() }),
  z.strictObject({ part: z.string(), output: z.string() }),
  z.strictObject({ inputs: z.array(z.string()).readonly() }),
  z.strictObject({ input: z.string(), as: z.enum(['negative', 'color']) }),
  z.strictObject({
    via: z.string(),
    of: z.array(z.string()).readonly(),
    byClass: valueMap.exactOptional(),
    otherwise: z.json().exactOptional(),
    maps: z.record(z.string(), valueMap).exactOptional(),
    written: z.string().exactOptional(),
  }),
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
        several: z.boolean().exactOptional(),
        only: z.json().exactOptional(),
      }),
    )
    .readonly(),
  outputs: z
    .array(
      z.union([
        z.tuple([name, z.string().nullable()]),
        z.tuple([name, z.string().nullable(), name]),
        z.tuple([name, z.string().nullable(), name, z.literal('list')]),
      ]),
    )
    .readonly(),
  outputNode: z.boolean().default(false),
  takesMore: z.string().exactOptional(),
  deprecated: z.boolean().exactOptional(),
  sendsPictures: z.boolean().exactOptional(),
  is: z.union([part, z.record(z.string(), part)]),
})

/**
 * What an adapter of a pack says of nodes that is not so: node types, native inputs and outputs, and inputs of its own
 * that are not there. Each sentence names the adapter.
 */
export function adapterMistakes(
  declared: unknown,
  pack: string,
  nodes: ReadonlyMap<string, AnyNodeDefinition>,
): readonly string[] {
  const { name: own, parts, slots, inputs } = packAdapterOf(declared, pack)
  const mistakes: string[] = []
  const complain = (what: string): void => {
    mistakes.push(`its adapter "${own}" is left out: ${what}`)
  }
  const names = inputs.map((input) => input.name)
  for (const { type, inputs: natives } of Object.values(parts)) {
    const definition = nodes.get(type)
    if (!definition) {
      const nearest = nearestName(type, nodes.keys())
      complain(`there is no node "${type}".${nearest === undefined ? '' : ` Did you mean "${nearest}"?`}`)
      continue
    }
    for (const [native, source] of Object.entries(natives)) {
      if (!Object.hasOwn(definition.inputs, native) && !definition.dynamicInputs)
        complain(`${type} has no input "${native}"${alternatives(native, Object.keys(definition.inputs))}`)
      for (const input of inputsOf(source))
        if (!names.includes(input))
          complain(`"${native}" comes from "${input}", no input of its own${alternatives(input, names)}`)
      if ('part' in source) checkOutput(source.part, source.output)
    }
  }
  for (const slot of slots) if (slot) checkOutput(...slot)
  return mistakes

  function checkOutput(id: string, output: string): void {
    const of = Object.hasOwn(parts, id) ? parts[id] : undefined
    if (!of) complain(`there is no part "${id}"${alternatives(id, Object.keys(parts))}`)
    const outputs = of && nodes.get(of.type)?.outputs
    if (outputs && !Object.hasOwn(outputs, output))
      complain(`${of.type} has no output "${output}"${alternatives(output, Object.keys(outputs))}`)
  }
}

/** The inputs of the adapter's own class that a native input is made from. */
function inputsOf(source: NativeSource): readonly string[] {
  if ('via' in source) return [source.via]
  if ('inputs' in source) return source.inputs
  return 'input' in source ? [source.input] : []
}

/** Nodes of packs that ComfyUI's clients cannot reach by name, since an adapter that ships has it. */
export function shadowedNodes(types: readonly string[]): readonly string[] {
  return types.filter((type) => adapters.some(({ name: known }) => known === type))
}

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
