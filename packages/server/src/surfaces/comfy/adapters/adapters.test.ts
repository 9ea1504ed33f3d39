import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue/catalogue.ts'
import { adapters } from './index.ts'

const manifest = manifestOf(createRegistry({ nodes: nodeDefinitions }))
const classes = comfyClassesOf(manifest)

test.each(adapters.map((adapter) => [adapter.name, adapter] as const))(
  '%s stands on native nodes, inputs, outputs and choices that there are',
  (name, adapter) => {
    expect(classes.get(name)).toBe(adapter)
    for (const { type, inputs } of Object.values(adapter.parts)) {
      const native = manifest.nodes.find((node) => node.type === type)!
      for (const [input, source] of Object.entries(inputs)) {
        const declared = native.inputs.find((candidate) => candidate.name === input)!
        const names = adapter.inputs.map(({ name: known }) => known)
        if ('input' in source) expect(names).toContain(source.input)
        if ('via' in source) expect(names).toContain(source.via)
        if ('inputs' in source) expect(names).toEqual(expect.arrayContaining([...source.inputs]))
        if (declared.kind !== 'value' || declared.widget.type !== 'choice') continue
        const { options } = declared.widget
        const offered =
          'input' in source ? adapter.inputs.find(({ name: known }) => known === source.input)?.choices : undefined
        const given = 'value' in source ? [source.value] : (offered ?? [])
        const map = 'input' in source ? (source.map ?? {}) : {}
        for (const choice of given) expect(options).toContain(map[String(choice)] ?? choice)
      }
    }
    for (const [index, stands] of adapter.slots.entries()) {
      expect(adapter.outputs[index]).toBeDefined()
      if (!stands) continue
      const native = manifest.nodes.find(({ type }) => type === adapter.parts[stands[0]]?.type)
      expect(native?.outputs.map(({ name: output }) => output)).toContain(stands[1])
    }
  },
)
