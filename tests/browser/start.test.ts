import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseWorkflowText } from '../../packages/engine/src/index.ts'
import { pngWith } from '../../packages/server/src/testing/png.ts'
import { describeInBrowser, type EditorPage } from './editor-page.ts'

/** ComfyUI's own first workflow as its editor saves it. */
const nodes = [
  {
    id: 4,
    type: 'CheckpointLoaderSimple',
    pos: [20, 400],
    size: [315, 98],
    inputs: [],
    outputs: [
      { name: 'MODEL', type: 'MODEL', links: [1] },
      { name: 'CLIP', type: 'CLIP', links: [3, 5] },
      { name: 'VAE', type: 'VAE', links: [8] },
    ],
    properties: {
      models: [{ name: 'dreams.safetensors', url: 'https://models.test/dreams.safetensors', directory: 'checkpoints' }],
    },
    widgets_values: ['dreams.safetensors'],
  },
  {
    id: 6,
    type: 'CLIPTextEncode',
    pos: [415, 186],
    size: [422, 164],
    title: 'What I want',
    inputs: [{ name: 'clip', type: 'CLIP', link: 3 }],
    outputs: [{ name: 'CONDITIONING', type: 'CONDITIONING', links: [4] }],
    widgets_values: ['a red fox in the snow'],
  },
  {
    id: 7,
    type: 'CLIPTextEncode',
    pos: [413, 389],
    size: [425, 180],
    inputs: [{ name: 'clip', type: 'CLIP', link: 5 }],
    outputs: [{ name: 'CONDITIONING', type: 'CONDITIONING', links: [6] }],
    widgets_values: ['text'],
  },
  {
    id: 5,
    type: 'EmptyLatentImage',
    pos: [473, 609],
    size: [315, 106],
    inputs: [],
    outputs: [{ name: 'LATENT', type: 'LATENT', links: [2] }],
    widgets_values: [64, 64, 1],
  },
  {
    id: 3,
    type: 'KSampler',
    pos: [863, 186],
    size: [315, 262],
    inputs: [
      { name: 'model', type: 'MODEL', link: 1 },
      { name: 'positive', type: 'CONDITIONING', link: 4 },
      { name: 'negative', type: 'CONDITIONING', link: 6 },
      { name: 'latent_image', type: 'LATENT', link: 2 },
    ],
    outputs: [{ name: 'LATENT', type: 'LATENT', links: [7] }],
    widgets_values: [31, 'fixed', 9, 6.5, 'euler', 'normal', 1],
  },
  {
    id: 8,
    type: 'VAEDecode',
    pos: [1209, 188],
    size: [210, 46],
    inputs: [
      { name: 'samples', type: 'LATENT', link: 7 },
      { name: 'vae', type: 'VAE', link: 8 },
    ],
    outputs: [{ name: 'IMAGE', type: 'IMAGE', links: [9] }],
    widgets_values: [],
  },
  {
    id: 9,
    type: 'SaveImage',
    pos: [1451, 189],
    size: [210, 58],
    inputs: [{ name: 'images', type: 'IMAGE', link: 9 }],
    outputs: [],
    widgets_values: ['fox'],
  },
]
const links = [
  [1, 4, 0, 3, 0, 'MODEL'],
  [2, 5, 0, 3, 3, 'LATENT'],
  [3, 4, 1, 6, 0, 'CLIP'],
  [4, 6, 0, 3, 1, 'CONDITIONING'],
  [5, 4, 1, 7, 0, 'CLIP'],
  [6, 7, 0, 3, 2, 'CONDITIONING'],
  [7, 3, 0, 8, 0, 'LATENT'],
  [8, 4, 2, 8, 1, 'VAE'],
  [9, 8, 0, 9, 0, 'IMAGE'],
]
const saved = {
  last_node_id: 9,
  last_link_id: 9,
  nodes,
  links,
  groups: [{ title: 'Words', bounding: [400, 150, 450, 430] }],
  version: 0.4,
}
/** The same, as it is posted. */
const posted = {
  3: {
    class_type: 'KSampler',
    inputs: {
      seed: 31,
      steps: 9,
      cfg: 6.5,
      sampler_name: 'euler',
      scheduler: 'normal',
      denoise: 1,
      model: ['4', 0],
      positive: ['6', 0],
      negative: ['7', 0],
      latent_image: ['5', 0],
    },
  },
  4: { class_type: 'CheckpointLoaderSimple', inputs: { ckpt_name: 'dreams.safetensors' } },
  5: { class_type: 'EmptyLatentImage', inputs: { width: 64, height: 64, batch_size: 1 } },
  6: { class_type: 'CLIPTextEncode', inputs: { text: 'a red fox in the snow', clip: ['4', 1] } },
  7: { class_type: 'CLIPTextEncode', inputs: { text: 'text', clip: ['4', 1] } },
  8: { class_type: 'VAEDecode', inputs: { samples: ['3', 0], vae: ['4', 2] } },
  9: { class_type: 'SaveImage', inputs: { filename_prefix: 'fox', images: ['8', 0] } },
}

async function drop(editor: EditorPage, name: string, type: string, content: Buffer | string): Promise<void> {
  const files = await editor.page.evaluateHandle(
    ([file = '', mime = '', base64 = '']) => {
      const transfer = new DataTransfer()
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
      transfer.items.add(new File([bytes], file, { type: mime }))
      return transfer
    },
    [name, type, Buffer.from(content).toString('base64')],
  )
  const canvas = editor.page.locator('.stage')
  await canvas.dispatchEvent('dragover', { dataTransfer: files })
  await canvas.dispatchEvent('drop', { dataTransfer: files })
  await editor.toast(/Opened/).waitFor()
}

/** The prompt, seed and steps that came over, wherever they stand. */
async function valuesOf(editor: EditorPage): Promise<string> {
  return JSON.stringify(Object.values((await editor.document()).nodes).map(({ values }) => values))
}

describeInBrowser(
  'the first minute',
  ({ open }) => {
    test('the first opening shows text-to-image, and Ctrl+Enter gives a picture', async () => {
      const editor = await open()
      await expect.poll(() => editor.page.locator('.tab[data-active] .tab-title').textContent()).toBe('Text to image')
      await editor.widget('positive', 'text').fill('a green frog')
      await editor.page.keyboard.press('Control+Enter')
      const picture = editor.page.locator('.node-picture img[data-kind=artifact]').first()
      await picture.waitFor({ timeout: 120_000 })
      await expect
        .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth), { timeout: 20_000 })
        .toBeGreaterThan(32)
      expect(editor.faults).toEqual([])
    }, 180_000)

    test("a workflow that ComfyUI's editor saved is dropped, and stands as it was laid out there", async () => {
      const editor = await open()
      await drop(editor, 'fox.json', 'application/json', JSON.stringify(saved))
      await editor.page.locator('.node-title', { hasText: 'What I want' }).waitFor()
      const document = await editor.document()
      const at = Object.values(document.layout?.nodes ?? {}).find(({ title }) => title === 'What I want')
      expect(at).toMatchObject({ x: 415, y: 186 })
      expect(Object.values(document.layout?.groups ?? {})).toMatchObject([{ title: 'Words', x: 400, y: 150 }])
      expect(await valuesOf(editor)).toMatch(/a red fox in the snow.*"steps":9|"steps":9.*a red fox in the snow/)
      expect(editor.faults).toEqual([])
    }, 240_000)

    test('the model that it names is missed, with the address that it tells and the files that are there', async () => {
      const editor = await open()
      await drop(editor, 'fox.json', 'application/json', JSON.stringify(saved))
      await editor.page.locator('.missing-bar').getByRole('button', { name: 'Find a fix…' }).click()
      const dialog = editor.page.getByRole('dialog', { name: 'What is missing' })
      await dialog.getByText('“dreams.safetensors” is not on this server').waitFor()
      await expect
        .poll(() => dialog.getByLabel(/Address to download from/).inputValue())
        .toBe('https://models.test/dreams.safetensors')
      await dialog.locator('.widget.choice').click()
      await editor.page.locator('.picker-list .menu-choice').first().click()
      await dialog.getByText('Nothing is missing.').waitFor()
      await editor.page.keyboard.press('Escape')
      await editor.press('Control+z')
      await editor.page.locator('.missing-bar').waitFor()
    }, 240_000)

    test.each([
      ['controlnet.json', 'mini-edges', 'put one into models/controlnet'],
      ['lora.json', 'mini-style.safetensors', 'run the workflow Train a LoRA'],
    ])(
      'the template %s says of the file that does not ship what to put where',
      async (template, file, said) => {
        const text = readFileSync(join(import.meta.dirname, '../../workflows', template), 'utf8')
        const parsed = parseWorkflowText(text)
        if (!parsed.ok) throw new Error(template)
        const editor = await open(parsed.workflow)
        await editor.page.locator('.missing-bar').getByRole('button', { name: 'Find a fix…' }).click()
        const dialog = editor.page.getByRole('dialog', { name: 'What is missing' })
        await dialog.getByText(`“${file}” is not on this server`).waitFor()
        await dialog.getByText(said).waitFor()
      },
      60_000,
    )

    test('a prompt as ComfyUI is sent it is dropped, and laid out', async () => {
      const editor = await open()
      await drop(editor, 'prompt.json', 'application/json', JSON.stringify(posted))
      await expect.poll(() => editor.nodes().count()).toBeGreaterThan(5)
      const { nodes: kept, layout } = await editor.document()
      const places = Object.keys(kept).map((id) => layout?.nodes?.[id])
      expect(new Set(places.map((place) => `${String(place?.x)}/${String(place?.y)}`)).size).toBe(places.length)
      expect(await valuesOf(editor)).toContain('a red fox in the snow')
    }, 240_000)

    test('a picture of ComfyUI is dropped, and its workflow opens rather than its prompt', async () => {
      const editor = await open()
      const texts = Object.entries({ prompt: posted, workflow: saved })
      const chunks = texts.map(
        ([key, json]) => ['tEXt', Buffer.from(`${key}\0${JSON.stringify(json)}`, 'latin1')] as const,
      )
      await drop(editor, 'ComfyUI_00001_.png', 'image/png', pngWith(chunks))
      await editor.page.locator('.node-title', { hasText: 'What I want' }).waitFor()
      expect(Object.values((await editor.document()).layout?.groups ?? {})).toHaveLength(1)
    }, 240_000)
  },
  { builtInNodes: true },
)
