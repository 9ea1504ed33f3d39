import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { encodeImage, float32 } from '@patchbay/nodes'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { workflowInPicture, workflowKeyword } from './png-text.ts'
import { textInXmp } from './xmp-text.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-xmp-'))
function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}
const workflow = { format: 'patchbay-workflow', version: 1, nodes: {}, name: '<small & "plain">' }

describe('a picture of ours', () => {
  test.each(['png', 'webp', 'jpeg'] as const)('gives its workflow back from %s', async (format) => {
    const texts = { [workflowKeyword]: JSON.stringify(workflow) }
    const bytes = await encodeImage(float32([1, 8, 8, 3], new Float32Array(192)), 0, { format, texts })
    expect(await workflowInPicture(fileOf(`picture.${format}`, bytes))).toMatchObject({ name: workflow.name })
  })

  test('that carries none gives none, nor does a bomb', async () => {
    const plain = await sharp({ create: { width: 4, height: 4, channels: 3, background: 'red' } })
      .webp()
      .toBuffer()
    expect(await textInXmp(fileOf('plain.webp', plain))).toEqual({})
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 0x20)).toString('base64')
    expect(await textInXmp(fileOf('bomb.jpg', Buffer.from(`<patchbay:gzip>${bomb}</patchbay:gzip>`)))).toEqual({})
  })
})
