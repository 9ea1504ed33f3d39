import { describe, expectTypeOf, test } from 'vitest'
import {
  anyOf,
  AnyType,
  choice,
  createDefineNode,
  defineNode,
  Float,
  float,
  Int,
  int,
  lazyLink,
  link,
  listLink,
  listOf,
  optionalLink,
  seed,
  socketType,
  type SocketType,
  text,
  WorkflowBuilder,
} from '../index.ts'

interface LatentsValue {
  readonly channels: number
}
const Latents = socketType<'latents', LatentsValue>('latents')
const Image = socketType<'image', Uint8Array>('image')
const Mask = socketType<'mask', Float32Array>('mask')

const emptyLatents = defineNode({
  type: 'EmptyLatents',
  version: 1,
  inputs: { width: int({ default: 512 }), scale: float({ default: 1 }) },
  outputs: { latents: Latents },
  run: ({ width }) => ({ latents: { channels: width } }),
})
const decode = defineNode({
  type: 'Decode',
  version: 1,
  inputs: { latents: link(Latents), mask: optionalLink(Mask) },
  outputs: { image: Image },
  run: () => ({ image: new Uint8Array(1) }),
})
const saveImage = defineNode({
  type: 'SaveImage',
  version: 1,
  inputs: { image: link(Image), format: choice(['png', 'webp'], 'png'), width: int({ default: 1 }) },
  outputs: {},
  sideEffect: true,
  run: () => ({}),
})
const halves = defineNode({
  type: 'Halves',
  version: 1,
  inputs: {},
  outputs: { numbers: listOf(Int), half: Float },
  run: () => ({ numbers: [1, 2], half: 0.5 }),
})

describe('a definition', () => {
  test('its inputs have the types of their declarations', () => {
    defineNode({
      type: 'Typed',
      version: 1,
      inputs: {
        latents: link(Latents),
        mask: optionalLink(Mask),
        either: link(anyOf(Image, Mask)),
        later: lazyLink(Image),
        perhapsLater: lazyLink(Image, { optional: true }),
        all: listLink(Image),
        anything: link(AnyType),
        steps: int({ default: 20 }),
        sampler: choice(['euler', 'heun'], 'euler'),
        prompt: text(),
        seed: seed(),
      },
      outputs: {},
      run(inputs) {
        expectTypeOf(inputs.latents).toEqualTypeOf<LatentsValue>()
        expectTypeOf(inputs.mask).toEqualTypeOf<Float32Array | undefined>()
        expectTypeOf(inputs.either).toEqualTypeOf<Uint8Array | Float32Array>()
        expectTypeOf(inputs.later).toEqualTypeOf<() => Promise<Uint8Array>>()
        expectTypeOf(inputs.perhapsLater).toEqualTypeOf<(() => Promise<Uint8Array>) | undefined>()
        expectTypeOf(inputs.all).toEqualTypeOf<readonly Uint8Array[]>()
        expectTypeOf(inputs.anything).toEqualTypeOf<unknown>()
        expectTypeOf(inputs.steps).toEqualTypeOf<number>()
        expectTypeOf(inputs.sampler).toEqualTypeOf<'euler' | 'heun'>()
        expectTypeOf(inputs.prompt).toEqualTypeOf<string>()
        expectTypeOf(inputs.seed).toEqualTypeOf<bigint>()
        // @ts-expect-error: it has no such input
        void inputs.cfg
        return {}
      },
    })
  })

  test('dynamic inputs come by name', () => {
    defineNode({
      type: 'Dynamic',
      version: 1,
      inputs: {},
      outputs: { sum: Float },
      dynamicInputs: { each: link(Float), min: 1 },
      run({ dynamic }) {
        expectTypeOf(dynamic).toEqualTypeOf<{ readonly [name: string]: number }>()
        return { sum: 1 }
      },
    })
  })

  test('what it returns fits its outputs', () => {
    const outputs = { latents: Latents }
    const base = { type: 'Wrong', version: 1, inputs: {}, outputs } as const
    // @ts-expect-error: the value of an output has the type of its socket
    defineNode({ ...base, run: () => ({ latents: 'no latents' }) })
    // @ts-expect-error: an output is missing
    defineNode({ ...base, run: () => ({}) })
    // @ts-expect-error: there is one output more than declared
    defineNode({ ...base, run: () => ({ latents: { channels: 4 }, mask: 1 }) })
    // @ts-expect-error: the same, when it is asynchronous
    defineNode({ ...base, run: () => Promise.resolve({ latents: { channels: 4 }, mask: 1 }) })
    // @ts-expect-error: a list output gives a list
    defineNode({ ...base, outputs: { numbers: listOf(Int) }, run: () => ({ numbers: 1 }) })
    defineNode({ ...base, run: (_, { block }) => block('no reason') })
    defineNode({ ...base, run: (_, { block }) => ({ latents: block() }) })
    defineNode({ ...base, run: (_, { graph, expand }) => expand({ latents: graph.add(emptyLatents).latents }) })
  })

  test('services are those that the host offers', () => {
    createDefineNode<{ readonly now: () => number }>()({
      type: 'Served',
      version: 1,
      inputs: {},
      outputs: { time: Float },
      run: (_, { services }) => ({ time: services.now() }),
    })
    // @ts-expect-error: a default is one of the options
    choice(['euler', 'heun'], 'eule')
  })

  test('a socket type of latents is a socket type', () => {
    expectTypeOf(Latents).toExtend<SocketType>()
  })
})

describe('the builder', () => {
  const w = new WorkflowBuilder()
  const { latents } = w.add(emptyLatents)
  const { image } = w.add(decode, { latents })
  const { numbers, half } = w.add(halves)

  test('accepts what fits', () => {
    w.add(saveImage, { image, format: 'webp', width: 3 })
    w.add(saveImage, { image, width: numbers }, { id: 'save' })
    w.add(emptyLatents, { scale: numbers })
  })

  test('refuses what does not', () => {
    // @ts-expect-error: "latents" is not assignable to "image"
    w.add(saveImage, { image: latents })
    // @ts-expect-error: the link of `image` is missing
    w.add(saveImage, { format: 'png' })
    // @ts-expect-error: the inputs are missing
    w.add(saveImage)
    // @ts-expect-error: there is no input `images`
    w.add(saveImage, { image, images: image })
    // @ts-expect-error: a misspelt choice
    w.add(saveImage, { image, format: 'pgn' })
    // @ts-expect-error: a float does not fit an int
    w.add(saveImage, { image, width: half })
    // @ts-expect-error: a link input takes no literal
    w.add(saveImage, { image: 'cat.png' })
    // @ts-expect-error: there is no such output
    void w.add(decode, { latents }).latents
  })

  test('a sub-workflow is as typed as a node', () => {
    const roundTrip = w.define('round trip', { latents: Latents }, (graph, inputs) => ({
      image: graph.add(decode, { latents: inputs.latents }).image,
    }))
    w.add(saveImage, { image: w.use(roundTrip, { latents }).image })
    // @ts-expect-error: "image" is not assignable to "latents"
    w.use(roundTrip, { latents: image })
    w.define('wrong', { image: Image }, (graph, inputs) => ({
      // @ts-expect-error: an image fits no input of latents
      image: graph.add(decode, { latents: inputs.image }).image,
    }))
  })
})
