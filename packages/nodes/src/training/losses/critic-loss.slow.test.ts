import {
  bindAsInput,
  createSession,
  featureMap,
  float32,
  gradientsOf,
  Graph,
  initialParameters,
  ops,
  Scope,
  type Feeds,
  type Value,
} from '@patchbay/onnx'
import { describe, expect, test } from 'vitest'
import { trunkLevels, type ImageTrunkConfig } from '../../architectures/scorers/image-trunk.ts'
import { philoxNormal } from '../../random/index.ts'
import { adversarialLossNames } from '../../values/critic.ts'
import { adversarialLossesByName, gradientPenalty } from './adversarial-loss.ts'
import { criticEyesPlace, criticLosses, criticPlace, type CriticNetwork } from './critic-loss.ts'

async function valuesOf(graph: Graph, outputs: Readonly<Record<string, Value>>, feeds: Feeds = {}) {
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value)
  const session = await createSession(graph, bindAsInput)
  // What an output does not depend on is left out of the model.
  const names = new Set(session.inputs.map(({ name }) => name))
  const results = await session.run(Object.fromEntries(Object.entries(feeds).filter(([name]) => names.has(name))))
  await session.dispose()
  return (name: string): number[] => Array.from(results[name]?.data ?? [], Number)
}

describe('losses', () => {
  const logits = (graph: Graph, values: readonly number[]): Value =>
    graph.constant(float32([values.length, 1], Float32Array.from(values)))

  test('hinge learns nothing of verdicts at its margins or beyond, and all of those within', async () => {
    const graph = new Graph()
    const { hinge } = adversarialLossesByName
    const critic = (real: readonly number[], made: readonly number[]) =>
      hinge.critic({ real: logits(graph, real), made: logits(graph, made) })
    const value = await valuesOf(graph, {
      sure: critic([1, 1], [-1, -1]),
      beyond: critic([3, 2], [-4, -9]),
      unsure: critic([0, 1], [0, -1]),
    })
    expect(value('sure')).toEqual([0])
    expect(value('beyond')).toEqual([0])
    expect(value('unsure')).toEqual([1])
  })

  test('a relativistic critic cares for the difference of two verdicts alone', async () => {
    const graph = new Graph()
    const { relativistic } = adversarialLossesByName
    const near = { real: logits(graph, [1, 2]), made: logits(graph, [0, 0.5]) }
    const far = { real: logits(graph, [11, 12]), made: logits(graph, [10, 10.5]) }
    const value = await valuesOf(graph, {
      near: relativistic.critic(near),
      far: relativistic.critic(far),
      maker: relativistic.maker(near),
    })
    expect(value('far')[0]).toBeCloseTo(value('near')[0] ?? NaN, 5)
    expect(value('near')[0]).toBeCloseTo((Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(-1.5))) / 2, 5)
    expect(value('maker')[0]).toBeCloseTo((Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(1.5))) / 2, 5)
  })

  test('R1 of a linear critic is the squared length of its weights, whatever the pictures', async () => {
    const graph = new Graph()
    const seen = graph.input('seen', 'float32', [3, 4])
    const weights = graph.constant(float32([4, 1], Float32Array.from([1, -2, 0.5, 3])))
    const penalty = gradientPenalty(ops.matMul(seen, weights), [seen])
    const value = await valuesOf(graph, { penalty }, { seen: philoxNormal(5, [3, 4]) })
    expect(value('penalty')[0]).toBeCloseTo(1 + 4 + 0.25 + 9, 5)
  })
})

const trunk: ImageTrunkConfig = {
  block: 'inverted-residual',
  stemChannels: 4,
  groups: [
    { expansion: 1, channels: 4, repeats: 1, stride: 1 },
    { expansion: 2, channels: 6, repeats: 1, stride: 2 },
    { expansion: 2, channels: 8, repeats: 1, stride: 2 },
  ],
}
const eyes: NonNullable<CriticNetwork['eyes']> = {
  scale: 8,
  levels: (scope, image) => trunkLevels(scope, trunk, image),
}
const kinds: Readonly<Record<string, Partial<CriticNetwork> & { readonly textWidth?: number }>> = {
  patch: {},
  projected: { eyes },
  text: { eyes, textWidth: 5 },
}

/** A maker of one parameter for each channel, and a critic of it. */
function built(kind: string, network: Omit<CriticNetwork, 'eyes'>) {
  const { textWidth, ...own } = kinds[kind] ?? {}
  const graph = new Graph()
  const real = graph.input('real', 'float32', [2, 3, 8, 8])
  const noise = graph.input('noise', 'float32', [2, 3, 8, 8])
  const made = ops.mul(ops.tanh(noise), graph.parameter('maker', 'float32', [3, 1, 1]))
  const text = textWidth === undefined ? undefined : graph.input('text', 'float32', [2, textWidth])
  const losses = criticLosses(new Scope(graph), { ...network, ...own }, featureMap(real), featureMap(made), text)
  const feeds: Feeds = {
    ...initialParameters(graph, 3),
    maker: float32([3, 1, 1], Float32Array.from([0.7, -0.4, 0.9])),
    real: philoxNormal(1, [2, 3, 8, 8]),
    noise: philoxNormal(2, [2, 3, 8, 8]),
    ...(textWidth !== undefined && { text: philoxNormal(4, [2, textWidth]) }),
  }
  return { graph, losses, feeds }
}

describe.each(Object.keys(kinds))('a critic of the kind %s', (kind) => {
  test.each(adversarialLossNames)('by the loss %s neither side gets the gradient of the other', async (loss) => {
    const { graph, losses, feeds } = built(kind, { loss, gradientPenalty: 1 })
    const critics = graph.parameters.filter(({ name }) => name.startsWith(`${criticPlace}.`))
    const eyesOwn = graph.parameters.filter(({ name }) => name.startsWith(`${criticEyesPlace}.`))
    const maker = graph.parameters.filter(({ name }) => name === 'maker')
    expect(eyesOwn.length > 0).toBe(kind !== 'patch')
    const outputs = {
      ...gradientOutputs('critic to maker', losses.critic, maker),
      ...gradientOutputs('maker to critic', losses.maker, [...critics, ...eyesOwn]),
      ...gradientOutputs('critic to eyes', losses.critic, eyesOwn),
      ...gradientOutputs('own', losses.maker, maker),
    }
    const value = await valuesOf(graph, outputs, feeds)
    for (const name of Object.keys(outputs)) {
      if (/ to /.test(name))
        expect(
          value(name).every((each) => each === 0),
          name,
        ).toBe(true)
    }
    // Finite differences through the very graph: what the maker hears is the slope of its loss.
    const step = 1e-2
    for (const channel of [0, 1, 2]) {
      const at = async (change: number): Promise<number> => {
        const again = built(kind, { loss, gradientPenalty: 1 })
        const own = Array.from(feeds['maker']?.data ?? [], Number)
        const moved = Float32Array.from(own, (each, i) => each + (i === channel ? change : 0))
        const result = await valuesOf(
          again.graph,
          { heard: again.losses.maker },
          { ...feeds, maker: float32([3, 1, 1], moved) },
        )
        return result('heard')[0] ?? NaN
      }
      const slope = ((await at(step)) - (await at(-step))) / (2 * step)
      expect(value('own 0')[channel]).toBeCloseTo(slope, 2)
    }
  })

  test('its penalty is differentiated once more, as finite differences have it', async () => {
    const { graph, losses, feeds } = built(kind, { loss: 'non-saturating', gradientPenalty: 4 })
    const name = kind === 'patch' ? 'critic.blocks.0.conv.weight' : 'critic.heads.0.hidden.weight'
    // Steps are small: where a leaky unit turns, a penalty jumps.
    const parameter = graph.parameters.filter((each) => each.name === name)
    const value = await valuesOf(graph, gradientOutputs('own', losses.critic, parameter), feeds)
    const start = Float32Array.from(Array.from(feeds[name]?.data ?? [], Number))
    for (const element of [0, 7, 11]) {
      const at = async (change: number): Promise<number> => {
        const again = built(kind, { loss: 'non-saturating', gradientPenalty: 4 })
        const moved = start.map((each, i) => each + (i === element ? change : 0))
        const result = await valuesOf(
          again.graph,
          { learnt: again.losses.critic },
          { ...feeds, [name]: float32(feeds[name]?.shape ?? [], moved) },
        )
        return result('learnt')[0] ?? NaN
      }
      const slope = ((await at(1e-3)) - (await at(-1e-3))) / 2e-3
      expect(Math.abs((value('own 0')[element] ?? NaN) - slope)).toBeLessThan(0.03 * Math.max(1, Math.abs(slope)))
    }
  })
})

test('a critic that counts for nothing leaves the gradient of the maker as it is, to the last bit', async () => {
  const { graph, losses, feeds } = built('patch', { loss: 'hinge', gradientPenalty: 1 })
  const maker = graph.parameters.filter(({ name }) => name === 'maker')
  const [parameter] = maker
  if (!parameter) throw new Error('The maker has a parameter')
  const own = ops.reduceMean(ops.exp(parameter), { keepDims: false })
  const weight = graph.input('weight', 'float32', [])
  const whole = ops.add(ops.add(own, ops.mul(losses.maker, weight)), losses.critic)
  const outputs = { ...gradientOutputs('alone', own, maker), ...gradientOutputs('judged', whole, maker) }
  const value = await valuesOf(graph, outputs, { ...feeds, weight: float32([], [0]) })
  expect(value('judged 0')).toEqual(value('alone 0'))
  expect(value('alone 0').every((each) => each > 0)).toBe(true)
})

function gradientOutputs(name: string, loss: Value, of: readonly Value[]): Record<string, Value> {
  return Object.fromEntries(
    of.length === 0 ? [] : gradientsOf(loss, of).map((gradient, i) => [`${name} ${i}`, gradient] as const),
  )
}
