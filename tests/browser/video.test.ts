import { expect, test } from 'vitest'
import type { Locator } from 'playwright-core'
import type { Workflow } from '@patchbay/engine/workflow'
import { describeInBrowser, node } from './editor-page.ts'

/** Two colours, one after the other, four times a second. */
const blinking = (): Workflow => ({
  format: 'patchbay-workflow',
  version: 1,
  name: 'blinking',
  parameters: { fps: { node: 'video', input: 'fps' } },
  nodes: {
    red: node('EmptyImage', { width: 96, height: 64, color: '#d02020' }),
    green: node('EmptyImage', { width: 96, height: 64, color: '#20a040' }),
    both: node(
      'BatchImages',
      {},
      {
        images: [
          { node: 'red', output: 'image' },
          { node: 'green', output: 'image' },
        ],
      },
    ),
    video: node('FramesToVideo', { fps: 4 }, { image: { node: 'both', output: 'image' } }),
    save: node('SaveVideo', { lossless: true }, { video: { node: 'video', output: 'video' } }),
    preview: node('PreviewVideo', {}, { video: { node: 'video', output: 'video' } }),
  },
  layout: {
    nodes: {
      red: { x: 0, y: 0 },
      green: { x: 0, y: 260 },
      both: { x: 320, y: 0 },
      video: { x: 320, y: 220 },
      save: { x: 640, y: 0 },
      preview: { x: 960, y: 0 },
    },
  },
})

/** Whether what is on the screen there is once red and once green. */
async function moves(picture: Locator): Promise<void> {
  await picture.waitFor()
  await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth)).toBe(96)
  const seen = new Set<string>()
  await expect
    .poll(async () => seen.add((await picture.screenshot()).toString('base64')).size, {
      timeout: 10_000,
      interval: 100,
    })
    .toBeGreaterThan(1)
}

describeInBrowser(
  'a clip',
  ({ open, server }) => {
    test('plays in the node that keeps it, in the one that shows it, and in the viewer', async () => {
      const editor = await open(blinking())
      await editor.press('Control+Enter')
      await moves(editor.node('save').locator('.node-picture img[data-kind=artifact]'))
      await moves(editor.node('preview').locator('.node-picture img[data-kind=preview]'))
      const { artifacts } = await server().client.artifacts.list({ kind: ['video'] })
      expect(artifacts).toMatchObject([{ kind: 'video', mime: 'image/webp', width: 96, height: 64 }])
      await editor.node('save').locator('.node-picture').click()
      await moves(editor.page.locator('.picture-viewer img').first())
      expect(editor.faults).toEqual([])
    })

    test('plays in the app view of a phone', async () => {
      const phone = { viewport: { width: 390, height: 760 }, hasTouch: true, isMobile: true }
      const editor = await open(blinking(), { context: phone })
      await editor.page.getByRole('radio', { name: 'App' }).tap()
      await editor.page.locator('.app-run').tap()
      const picture = editor.page.locator('.app-pictures img[data-kind=artifact]').first()
      await moves(picture)
      const { width = 0 } = (await picture.boundingBox()) ?? {}
      expect(width).toBeLessThanOrEqual(390)
      expect(editor.faults).toEqual([])
    })
  },
  { builtInNodes: true },
)
