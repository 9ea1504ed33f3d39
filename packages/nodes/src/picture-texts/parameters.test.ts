import { describe, expect, test } from 'vitest'
import { readParameters, writeParameters } from './parameters.ts'

describe('settings in the words of AUTOMATIC1111', () => {
  test('are read: a prompt of several lines, a negative one, names, and values in quotes', () => {
    const text = [
      'a cat, (red:1.2)',
      'on a mat <lora:paint:0.8>',
      'Negative prompt: blurry,',
      'low quality',
      'Steps: 20, Sampler: DPM++ 2M Karras, CFG scale: 7.5, Seed: 123, Size: 512x768, Model: foo, Lora hashes: "paint: 1a2b, b: 3c", Version: v1.6.0',
    ].join('\r\n')
    expect(readParameters(text)).toEqual({
      prompt: 'a cat, (red:1.2)\non a mat <lora:paint:0.8>',
      negative: 'blurry,\nlow quality',
      settings: {
        Steps: '20',
        Sampler: 'DPM++ 2M Karras',
        'CFG scale': '7.5',
        Seed: '123',
        Size: '512x768',
        Model: 'foo',
        'Lora hashes': 'paint: 1a2b, b: 3c',
        Version: 'v1.6.0',
      },
    })
  })

  test('are read as Civitai writes them, with its resources, and without a prompt', () => {
    const line =
      'Steps: 30, CFG scale: 7, Sampler: Euler a, Seed: 1, Size: 832x1216, Clip skip: 2, Created Date: 2024-05-01T08:55:30.6912Z, Civitai resources: [{"type":"checkpoint","modelVersionId":1}], Civitai metadata: {}'
    expect(readParameters(line)?.settings).toMatchObject({
      Steps: '30',
      Sampler: 'Euler a',
      Size: '832x1216',
      'Clip skip': '2',
    })
  })

  test.each(['', 'a cat on a mat', '{"3":{"class_type":"KSampler"}}', 'Steps: many'])('are none in "%s"', (text) => {
    expect(readParameters(text)).toBeUndefined()
  })

  test('are read back as they were written', () => {
    const written = {
      prompt: 'fox: "red", wild\nin snow',
      negative: 'blurry',
      settings: { Steps: '4', Sampler: 'Euler', 'CFG scale': '7', Note: 'a, b: "c"' },
    }
    expect(readParameters(writeParameters(written))).toEqual(written)
    expect(readParameters(writeParameters({ ...written, negative: '' }))?.negative).toBe('')
  })
})
