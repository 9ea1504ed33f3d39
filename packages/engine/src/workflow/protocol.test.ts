import { describe, expect, test } from 'vitest'
import { decodePreviewFrame, encodePreviewFrame } from './protocol.ts'

const header = { job: 'j1', node: 'sample', mime: 'image/jpeg', width: 8, height: 8, index: 0 }

describe('a preview frame', () => {
  test('gives back its header and its picture', () => {
    const frame = encodePreviewFrame(header, Uint8Array.of(255, 216, 1, 2))
    expect(decodePreviewFrame(frame)).toEqual({ header, picture: Uint8Array.of(255, 216, 1, 2) })
  })

  test('is read where it lies in a larger buffer', () => {
    const frame = encodePreviewFrame(header, Uint8Array.of(7))
    const around = new Uint8Array(frame.length + 3)
    around.set(frame, 3)
    expect(decodePreviewFrame(around.subarray(3))?.header).toEqual(header)
  })

  test.each([
    ['empty', new Uint8Array(0)],
    ['of another kind', Uint8Array.of(2, 0, 0, 0, 0)],
    ['shorter than its header says', Uint8Array.of(1, 0, 0, 1, 0, 123)],
    ['with a header that is no JSON', Uint8Array.of(1, 0, 0, 0, 1, 33)],
    ['with a header that lacks its fields', Uint8Array.of(1, 0, 0, 0, 2, 123, 125)],
  ])('%s is refused', (_, frame) => {
    expect(decodePreviewFrame(frame)).toBeNull()
  })
})
