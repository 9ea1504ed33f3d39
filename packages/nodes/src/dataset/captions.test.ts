import { expect, test } from 'vitest'
import { captionsOf, plainNameOf } from './captions.ts'
import { conceptsOf } from './concepts.ts'

const entries = {
  '🐶': { name: 'dog face', slug: 'dog_face', group: 'Animals & Nature' },
  '🦉': { name: 'owl', slug: 'owl', group: 'Animals & Nature' },
  '😀': { name: 'grinning face', slug: 'grinning_face', group: 'Smileys & Emotion' },
  '🏻': { name: 'light skin tone', slug: 'light_skin_tone', group: 'Component' },
}
const concepts = conceptsOf(entries, { '🐶': ['dog_face', 'puppy', 'c++', 'best_friend'] })
const [dog, owl, grin] = concepts

test('flags and components are no concepts', () => {
  expect(concepts.map(({ id }) => id)).toEqual(['dog-face', 'owl', 'grinning-face'])
})

test('keywords become words, without the name itself and without signs', () => {
  expect(dog?.keywords).toEqual(['puppy', 'best friend'])
})

test('an animal face is called by the animal, a smiley keeps its face', () => {
  expect([dog, grin].map((concept) => concept && plainNameOf(concept))).toEqual(['dog', 'grinning face'])
})

test('captions name the thing alone first, then with its style, and use the right article', () => {
  const captions = owl && captionsOf(owl, 'flat style')
  expect(captions?.slice(0, 4)).toEqual(['owl', 'an owl', 'owl, flat style', 'an owl, flat style'])
})

test('no caption is given twice', () => {
  const captions = dog ? captionsOf(dog, 'flat style') : []
  expect(new Set(captions).size).toBe(captions.length)
  expect(captions).toContain('dog, puppy, best friend')
})
