import { describe, expect, test } from 'vitest'
import { sample } from './sample.ts'
import { unetStep } from './unet-step.ts'

const sd1 = { family: 'sd1', latentChannels: 4, latentScale: 8, nativeSize: 512, conditioningWidth: 768 }
const services = { device: { provider: 'cpu' } } as never
type Links = Readonly<Record<string, Record<string, number | string | boolean>>>

describe.each([
  ['Sample', sample],
  ['UNetStep', unetStep],
] as const)('%s finds before the run', (_, definition) => {
  const found = async (links: Links, guidanceScale = 7.5) =>
    (await definition.validate?.({ values: { guidanceScale }, links: { model: sd1, ...links } }, services)) ?? []
  const sized = (width: number, height: number) => ({ latents: { isEmpty: true, latentScale: 8, width, height } })

  test.each([
    ['a size that the model cannot have', sized(508, 512), 'it comes out at 504 × 512'],
    ['one that it was not trained for', sized(2048, 2048), 'was trained on 512 × 512'],
    ['latents of another family', { latents: { family: 'flux', latentChannels: 16 } }, 'have 16 channels'],
    ['a prompt for another family', { positive: { family: 'sdxl', conditioningWidth: 2048 } }, 'encoded for sdxl'],
  ])('%s', async (_, links, message) => {
    expect((await found(links)).map((one) => (typeof one === 'string' ? one : one.message)).join()).toContain(message)
  })

  test('a guidance scale that follows the negative prompt, where there is one', async () => {
    const negative = { family: 'sd1', conditioningWidth: 768 }
    expect(await found({ negative }, 0)).toMatchObject([{ input: 'guidanceScale', severity: 'warning' }])
    expect(await found({ negative }, 1)).toEqual([])
    expect(await found({}, 0)).toEqual([])
  })

  test('nothing in a run that fits', async () => {
    expect(await found(sized(512, 768))).toEqual([])
  })
})
