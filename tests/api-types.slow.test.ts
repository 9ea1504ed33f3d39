import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { apiTypes, apiTypesFile } from '../tools/api-types.ts'

const howTo = 'run: npm run api'

test(
  "the client's types are those of the description that a server gives of itself",
  { timeout: 120_000 },
  async () => {
    expect(await readFile(apiTypesFile, 'utf8'), howTo).toBe(await apiTypes())
  },
)
