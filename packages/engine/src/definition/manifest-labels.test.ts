import { expect, test } from 'vitest'
import { createRegistry, defineNode, link, manifestOf, optionalLink, socketType } from '../index.ts'

const Vae = socketType<'vae', number>('vae', { label: 'VAE' })

test('names are shown as words, written as their socket type is where both are the same word', () => {
  const decode = defineNode({
    type: 'Decode',
    version: 1,
    inputs: { vae: link(Vae), otherVae: optionalLink(Vae), named: optionalLink(Vae, { label: 'By its label' }) },
    outputs: { vae: Vae, largestVae: Vae },
    run: ({ vae }) => ({ vae, largestVae: vae }),
  })
  const manifest = manifestOf(createRegistry({ nodes: [decode] })).nodes.find(({ type }) => type === 'Decode')
  expect(manifest?.inputs.map(({ label }) => label)).toEqual(['VAE', 'Other vae', 'By its label'])
  expect(manifest?.outputs.map(({ label }) => label)).toEqual(['VAE', 'Largest vae'])
})
