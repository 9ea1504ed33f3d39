import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createFolders } from './folders.ts'

test('a tiny autoencoder in vae_approx is listed and found among the VAEs, behind those of that folder', async () => {
  const place = mkdtempSync(join(tmpdir(), 'patchbay-folders-'))
  onTestFinished(() => {
    rmSync(place, { recursive: true })
  })
  const at = (name: string) => join(place, name)
  for (const name of ['vae', 'vae_approx', 'loras']) mkdirSync(at(name))
  for (const file of ['vae/one.safetensors', 'vae_approx/one.safetensors', 'vae_approx/taesd_decoder.safetensors']) {
    writeFileSync(at(file), file)
  }
  const models = Object.fromEntries(['vae', 'vae_approx', 'loras'].map((name) => [name, [at(name)]]))
  const folders = createFolders({ input: [at('input')], output: at('output'), temp: at('temp'), models })
  expect(await folders.names('vae')).toEqual(['one.safetensors', 'taesd_decoder.safetensors'])
  expect(await folders.pathOf('vae', 'one.safetensors')).toBe(at('vae/one.safetensors'))
  expect(await folders.pathOf('vae', 'taesd_decoder.safetensors')).toBe(at('vae_approx/taesd_decoder.safetensors'))
  expect(await folders.names('loras')).toEqual([])
})
