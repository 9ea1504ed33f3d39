import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ComfyUIClient } from 'comfy-ui-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// The npm package as it is. It hears only `executing` with no node, and reads a JSON body from every answer.

let server: TestServer
let client: ComfyUIClient
beforeAll(async () => {
  server = await startTestServer({ logLevel: 'silent' })
  await fetch(`${server.url}/object_info`)
  client = new ComfyUIClient(server.url.replace('http://', ''), randomUUID())
  await client.connect()
}, 120_000)
afterAll(async () => {
  await client.disconnect()
  await server.close()
})

const draw = (salt: number) => ({
  '1': { class_type: 'TestWait', inputs: { ms: 0, steps: 1, stubborn: false, salt } },
  '9': { class_type: 'TestPicture', inputs: { after: ['1', 0], width: 8, height: 8, prefix: 'ui-client' } },
})

test('comfy-ui-client gets and saves the pictures of a prompt, also when all of it was made before', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-ui-client-'))
  for (const salt of [1, 1, 2]) {
    const images = await client.getImages(draw(salt))
    const { blob, image } = images['9']![0]!
    expect(blob.type).toBe('image/png')
    await client.saveImages(images, folder)
    expect((await readFile(join(folder, image.filename))).subarray(1, 4).toString()).toBe('PNG')
  }
  await rm(folder, { recursive: true })
})

test('comfy-ui-client uploads a picture and a mask over it, whose original it names in its own spelling', async () => {
  const picture = Buffer.from(pngOf(4, 4, [10, 20, 30]))
  expect(await client.uploadImage(picture, 'original.png', true)).toMatchObject({ name: 'original.png', type: 'input' })
  const original = { filename: 'original.png', subfolder: '', type: 'input' }
  expect(await client.uploadMask(picture, 'mask.png', original, true)).toMatchObject({ name: 'mask.png' })
})

test('comfy-ui-client is answered in JSON by each of its other calls', async () => {
  await client.interrupt()
  await client.editHistory({ delete: ['nothing'] })
  expect(await client.getQueue()).toEqual({ queue_running: [], queue_pending: [] })
  expect(await client.getPrompt()).toEqual({ exec_info: { queue_remaining: 0 } })
  expect((await client.getSystemStats()).devices[0]).toMatchObject({ index: 0 })
  expect(await client.getObjectInfo('TestWait')).toMatchObject({ TestWait: { output: ['INT'] } })
  expect([await client.getEmbeddings(), await client.getExtensions()]).toEqual([[], []])
  const { prompt_id: id } = await client.queuePrompt(draw(3))
  while (!(await client.getHistory(id))[id]) await new Promise((resolve) => setTimeout(resolve, 20))
  await expect(client.queuePrompt({ '1': { class_type: 'Nope', inputs: {} } })).rejects.toMatchObject({
    message: expect.stringContaining('missing_node_type'),
  })
})
