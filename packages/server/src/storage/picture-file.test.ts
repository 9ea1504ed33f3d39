import { mkdtempSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeImage, float32 } from '@patchbay/nodes'
import { workflowKeyword } from '@patchbay/nodes/picture-texts'
import { describe, expect, test } from 'vitest'
import { textsInPicture, workflowInPicture } from './picture-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-pictures-'))
function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const workflow = { format: 'patchbay-workflow', version: 1, nodes: {}, name: '<small & "plain">' }
const encoded = (format: 'png' | 'webp' | 'jpeg') =>
  encodeImage(float32([1, 8, 8, 3], new Float32Array(192)), 0, {
    format,
    texts: { [workflowKeyword]: JSON.stringify(workflow) },
  })

describe('a picture file of ours', () => {
  test.each(['png', 'webp', 'jpeg'] as const)('gives its workflow back from %s', async (format) => {
    const path = fileOf(`picture.${format}`, await encoded(format))
    expect(await workflowInPicture(path)).toMatchObject({ name: workflow.name })
  })

  test('that is longer than any picture is not read', async () => {
    const path = fileOf('long.png', await encoded('png'))
    expect(Object.keys(await textsInPicture(path))).toEqual([workflowKeyword])
    truncateSync(path, 256 * 1024 * 1024 + 1)
    expect(await textsInPicture(path)).toEqual({})
  })

  test('that is no picture, or shorter than a header, gives nothing', async () => {
    expect(await textsInPicture(fileOf('text.png', Buffer.from('{"format":"patchbay-workflow"}')))).toEqual({})
    expect(await textsInPicture(fileOf('short.png', Buffer.from('RI')))).toEqual({})
  })
})
