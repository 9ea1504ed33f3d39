import { expect, test } from 'vitest'
import * as byName from './by-name.ts'
import { nodeDefinitions } from './index.ts'

test('every node definition can be had by its name, and none is left out of the registry', () => {
  const types = (definitions: readonly { readonly type: string }[]) => definitions.map(({ type }) => type).sort()
  expect(types(Object.values(byName))).toEqual(types(nodeDefinitions))
})
