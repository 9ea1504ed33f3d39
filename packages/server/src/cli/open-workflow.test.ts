import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openWorkflow } from './open-workflow.ts'

test('a file that is not there is told in a sentence', async () => {
  await expect(openWorkflow('nowhere.json')).rejects.toMatchObject({
    message: 'nowhere.json cannot be used: one problem.',
    lines: ['There is no such file; "-" reads standard input.'],
  })
})

test('a folder in the place of a file is told in a sentence', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-'))
  await expect(openWorkflow(folder)).rejects.toMatchObject({ lines: ['That is a folder; name a workflow file in it.'] })
})
