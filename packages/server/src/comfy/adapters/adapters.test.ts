import { expect, test } from 'vitest'
import { createRegistry, manifestOf } from '@patchbay/engine'
import { nodeDefinitions } from '@patchbay/nodes'
import { comfyClassesOf } from '../catalogue.ts'
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
        if ('input' in source) expect(adapter.inputs.map(({ name: known }) => known)).toContain(source.input)
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
      const native = manifest.nodes.find(({ type }) => type === adapter.parts[stands![0]]?.type)
      expect(native?.outputs.map(({ name: output }) => output)).toContain(stands![1])
      expect(adapter.outputs[index]).toBeDefined()
    }
  },
)
