import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createCalibration } from './calibration.ts'

const folder = mkdtempSync(join(tmpdir(), 'patchbay-calibration-'))
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('a calibration', () => {
  test('knows nothing before work was done, and its rate afterwards, in the next process too', () => {
    const file = join(folder, 'work/rates.json')
    const calibration = createCalibration('cpu', file)
    expect(calibration.rateOf('denoiser')).toBeUndefined()
    calibration.record('denoiser', 100, 4)
    expect(calibration.rateOf('denoiser')).toBe(25)
    expect(createCalibration('cpu', file).rateOf('denoiser')).toBe(25)
    expect(createCalibration('cuda', file).rateOf('denoiser')).toBeUndefined()
  })

  test('hears of what another process measures meanwhile, and keeps it when it writes', () => {
    const file = join(folder, 'shared.json')
    const estimating = createCalibration('cpu', file)
    expect(estimating.rateOf('denoiser')).toBeUndefined()
    createCalibration('cpu', file).record('denoiser', 100, 4)
    expect(estimating.rateOf('denoiser')).toBe(25)
    estimating.record('decoder', 10, 1)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'cpu|denoiser': 25, 'cpu|decoder': 10 })
  })

  test('follows a change, and is not decided by one slow moment', () => {
    const calibration = createCalibration('cpu')
    calibration.record('denoiser', 100, 1)
    calibration.record('denoiser', 100, 2)
    expect(calibration.rateOf('denoiser')).toBeCloseTo(100 / 1.2)
    for (let i = 0; i < 40; i++) calibration.record('denoiser', 100, 2)
    expect(calibration.rateOf('denoiser')).toBeCloseTo(50, 1)
  })

  test('leaves out what cannot have been measured, and a file that is damaged', () => {
    const file = join(folder, 'damaged.json')
    writeFileSync(file, '{"cpu|denoiser": "fast", "cpu|decod')
    const calibration = createCalibration('cpu', file)
    calibration.record('denoiser', 100, 0)
    calibration.record('denoiser', NaN, 1)
    expect(calibration.rateOf('denoiser')).toBeUndefined()
    calibration.record('decoder', 10, 1)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'cpu|decoder': 10 })
    expect(() => {
      createCalibration('cpu', join(file, 'under a file')).record('decoder', 1, 1)
    }).not.toThrow()
  })
})
