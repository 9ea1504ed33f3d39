import { BasePipe, Client, Workflow } from '@stable-canvas/comfyui-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { pngOf } from '../../../testing/png.ts'
import { type TestServer, startTestServer } from '../../../testing/test-server.ts'

// The npm package as it is: it takes any binary frame for a picture, and sends settings as text/plain.

let server: TestServer
let client: Client
beforeAll(async () => {
  server = await startTestServer({ builtInNodes: true })
  await fetch(`${server.url}/object_info`)
  client = new Client({ api_host: server.url.replace('http://', ''), WebSocket: WebSocket as never, fetch })
  await client.connect()
}, 180_000)
afterAll(async () => {
  client.close()
  await server.close()
})

const workflowOf = (salt: number, ms = 0) => {
  const workflow = new Workflow()
  const { TestWait, TestPicture } = workflow.classes as Record<string, (inputs: object) => unknown[]>
  const [value] = TestWait!({ ms, steps: 4, stubborn: false, salt }) as [unknown]
  TestPicture!({ after: value, width: 8, height: 8, prefix: 'canvas' })
  return workflow
}

test('@stable-canvas/comfyui-client gets one picture of each run, also when all of it was made before', async () => {
  for (const salt of [1, 1, 2]) {
    const { images } = await workflowOf(salt).invoke(client)
    expect(images.map(({ type }) => type)).toEqual(['url'])
  }
})

test('@stable-canvas/comfyui-client hears of progress and interrupts what runs', async () => {
  const instance = workflowOf(3, 8000).instance(client)
  const progress = new Promise((resolve) => instance.on('progress', resolve))
  await instance.enqueue()
  const waiting = instance.wait()
  const interrupted = expect(waiting).rejects.toBeDefined()
  await progress.then(() => instance.interrupt())
  await interrupted
}, 240_000)

test.each([
  ['text to image over the socket', (pipe: BasePipe) => pipe.save(), 1],
  [
    'image to image, with a mask, into a file',
    (pipe: BasePipe) =>
      pipe
        .image(Buffer.from(pngOf(64, 64, [200, 30, 30])))
        .mask(Buffer.from(pngOf(64, 64, [255, 255, 255])))
        .save('canvas-pipe'),
    1,
  ],
] as const)(
  'the pipe of @stable-canvas/comfyui-client makes %s',
  async (_, change, count) => {
    const pipe = change(
      new BasePipe().with(client).model('patchbay-mini').prompt('a cat').negative('').size(64, 64).steps(2).cfg(2),
    )
    const { images } = await pipe.wait()
    expect(images.map(({ data }) => Buffer.from(data).subarray(1, 4).toString())).toEqual(Array(count).fill('PNG'))
  },
  120_000,
)

test('@stable-canvas/comfyui-client reads what there is, and keeps settings and files', async () => {
  expect(await client.getSamplers()).toContain('dpmpp_2m_sde_gpu')
  expect(await client.getSchedulers()).toHaveLength(9)
  expect(await client.getSDModels()).toContain('patchbay-mini')
  expect([
    await client.getCNetModels(),
    await client.getLoRAs(),
    await client.getHyperNetworks().catch(() => []),
  ]).toEqual([[], [], []])
  await client.storeSetting('one', 1)
  await client.storeSettings({ two: 'x' })
  expect(await client.getSettings()).toMatchObject({ one: 1, two: 'x' })
  expect(await client.getSetting('one')).toBe(1)
  await client.storeUserData('canvas/a.json', '{"a":1}', { stringify: false } as never)
  expect(await (await client.getUserData('canvas/a.json')).json()).toEqual({ a: 1 })
  expect((await client.getModelFolders()).map(({ name }) => name)).toContain('checkpoints')
  expect((await client.getModels('checkpoints')).map(({ name }) => name)).toContain('patchbay-mini')
  expect((await client.getSystemStats()).system.comfyui_version).toMatch(/^0\./)
  expect(await client.getUserConfig()).toMatchObject({ storage: 'server' })
  await client.free({ unload_models: true, free_memory: true } as never)
  const wrong = new Workflow()
  ;(wrong.classes as Record<string, (inputs: object) => unknown>)['Nope']!({})
  await expect(wrong.invoke(client)).rejects.toThrow('400 Bad Request')
})
