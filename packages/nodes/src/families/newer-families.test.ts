import { expect, test } from 'vitest'
import { findConditioningMismatch, findRefusedSize } from '../sampling/checks.ts'
import { familyForWidths, familyNamed, familyOfTextEncoders, missingTextEncoders } from './model-family.ts'

const [clipL, clipG, t5] = [
  { kind: 'clip', width: 768 },
  { kind: 'clip', width: 1280 },
  { kind: 't5', width: 4096 },
]
const qwen = (width: number) => ({ kind: 'decoder-lm', width })

test('text encoders by themselves tell their family, where one only has them', () => {
  expect(familyOfTextEncoders([clipL, t5])).toBe('flux')
  expect(familyOfTextEncoders([clipL, clipG, t5])).toBe('sd3')
  expect(familyOfTextEncoders([clipL, clipG])).toBe('sdxl')
  expect(familyOfTextEncoders([qwen(2560)])).toBe('z-image')
  expect(familyForWidths('flux2', [qwen(2560)])).toBe('flux2')
  expect(familyForWidths('flux2', [qwen(4096)])).toBe('flux2-9b')
})

test('what a family lacks is named, but not what it can do without', () => {
  expect(missingTextEncoders(familyNamed('flux'), [t5])).toEqual(['CLIP L'])
  expect(missingTextEncoders(familyNamed('sd3'), [clipL, clipG])).toEqual([])
  expect(missingTextEncoders(familyNamed('z-image'), [clipL])).toEqual(['a language model of 2560 values'])
})

const model = {
  family: 'flux',
  conditioningWidth: 4096,
  pooledWidth: 768,
  textEncoderFiles: familyNamed('flux').files ?? '',
}

test('a prompt of other text encoders is told before the run, with the files that the family needs', () => {
  const other = findConditioningMismatch('positive', model, { family: 'z-image', conditioningWidth: 2560 })
  expect(other[0]?.message).toBe(
    'The prompt was encoded for z-image (2560 values a token), but this model is flux (4096): encode it with clip_l.safetensors and t5xxl_fp16.safetensors (or t5xxl_fp8_e4m3fn_scaled.safetensors).',
  )
  const alone = findConditioningMismatch('positive', model, { family: 'unknown', conditioningWidth: 4096 })
  expect(alone[0]?.message).toContain('a pooled text of no values')
  expect(findConditioningMismatch('positive', model, { ...model })).toEqual([])
})

test('a size that tokens do not divide is refused, with the nearest that they do', () => {
  const [found] = findRefusedSize({ family: 'flux', latentScale: 8, sizeMultiple: 16 }, { width: 1032, height: 1024 })
  expect(found).toMatchObject({ severity: 'error' })
  expect(found?.message).toBe(
    'The picture is 1032 × 1024 px, but this model (flux) takes multiples of 16 px: set 1040 × 1024.',
  )
})
