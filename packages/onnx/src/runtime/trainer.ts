import { accumulatingStep, trainStep, type StateEntry, type TrainStepOptions } from '../gradient/train-step.ts'
import type { LearningRate } from '../gradient/learning-rate.ts'
import type { Value } from '../graph/graph.ts'
import type { BindParameter } from '../serialize/binding.ts'
import { float32, zeros, type AnyTensor, type Tensor } from '../tensor/tensor.ts'
import { RuntimeError } from './runtime-error.ts'
import { createSession, type Feeds, type Session, type SessionOptions } from './session.ts'

export interface TrainerOptions extends TrainStepOptions {
  /** A number, or the rate of each step. */
  readonly learningRate: number | LearningRate
  /** The values to begin with, by the names of `Trainer.state`: at least one for each trainable parameter. */
  readonly initial: Readonly<Record<string, AnyTensor>>
  /** Where the parameters that are not trained come from. */
  readonly bind?: BindParameter
  /** Runs whose gradients make one step. Default 1. */
  readonly accumulate?: number
  /** The number of steps already done, where a training is continued. */
  readonly stepsDone?: number
  readonly session?: SessionOptions
}

export interface StepResult {
  readonly loss: number
  /** Before clipping; where the gradients are clipped and the step was taken. */
  readonly gradientNorm?: number
  /** False while gradients are being accumulated. */
  readonly updated: boolean
  readonly learningRate: number
}

/** One set of tensors by input name, and the other set that the next state is written to. */
class PingPong {
  readonly #entries: readonly StateEntry[]
  #front: Record<string, Tensor>
  #back: Record<string, Tensor>

  constructor(entries: readonly StateEntry[], initial: (entry: StateEntry) => Tensor) {
    this.#entries = entries
    this.#front = Object.fromEntries(entries.map((entry) => [entry.input, initial(entry)]))
    this.#back = Object.fromEntries(entries.map(({ input, shape }) => [input, zeros('float32', shape)]))
  }

  get current(): Readonly<Record<string, Tensor>> {
    return this.#front
  }

  get next(): Feeds {
    return Object.fromEntries(
      this.#entries.flatMap(({ input, output }) => {
        const tensor = this.#back[input]
        return tensor ? [[output, tensor] as const] : []
      }),
    )
  }

  swap(): void {
    ;[this.#front, this.#back] = [this.#back, this.#front]
  }

  clear(): void {
    for (const tensor of Object.values(this.#front)) tensor.data.fill(0)
  }
}

/**
 * Trains the parameters of a loss. Parameters and optimizer state stay in this process between steps, in two sets of
 * buffers that take turns: a step reads one and writes the other, so that nothing is allocated.
 */
export class Trainer {
  readonly #update: Session
  readonly #accumulate: Session | undefined
  readonly #state: PingPong
  readonly #sums: PingPong | undefined
  readonly #entries: readonly StateEntry[]
  readonly #options: TrainerOptions
  #steps: number
  #pending = 0

  private constructor(
    sessions: { readonly update: Session; readonly accumulate?: Session },
    entries: readonly StateEntry[],
    sums: readonly StateEntry[],
    options: TrainerOptions,
  ) {
    this.#update = sessions.update
    this.#accumulate = sessions.accumulate
    this.#entries = entries
    this.#options = options
    this.#steps = options.stepsDone ?? 0
    this.#state = new PingPong(entries, (entry) => initialOf(entry, options.initial))
    this.#sums = sessions.accumulate && new PingPong(sums, ({ shape }) => zeros('float32', shape))
  }

  /** Builds the train step of `loss` (in its own graph, to which this adds) and loads it. */
  static async create(loss: Value, options: TrainerOptions): Promise<Trainer> {
    const { trainable = () => true, bind, accumulate = 1 } = options
    const binding: BindParameter = (parameter) => {
      if (trainable(parameter.name)) return { type: 'input' }
      if (bind) return bind(parameter)
      throw new RuntimeError(
        'wrong-feed',
        `"${parameter.name}" is not trained, and "bind" does not say where it comes from`,
      )
    }
    const session = { weights: 'folded', ...options.session } as const
    if (accumulate === 1) {
      const { graph, state } = trainStep(loss, options)
      for (const entry of state) initialOf(entry, options.initial)
      return new Trainer({ update: await createSession(graph, binding, session) }, state, [], options)
    }
    const { accumulate: graph, update, sums } = accumulatingStep(loss, accumulate, options)
    for (const entry of update.state) initialOf(entry, options.initial)
    const sessions = {
      accumulate: await createSession(graph, binding, session),
      update: await createSession(update.graph, binding, session),
    }
    return new Trainer(sessions, update.state, sums, options)
  }

  /** Steps taken since the training began. */
  get steps(): number {
    return this.#steps
  }

  /** One batch: a step, or where gradients are accumulated, a part of one. */
  async step(feeds: Feeds): Promise<StepResult> {
    const { learningRate, accumulate = 1 } = this.#options
    const rate = typeof learningRate === 'number' ? learningRate : learningRate(this.#steps)
    if (!this.#accumulate || !this.#sums) return this.#apply(feeds, rate)
    const parameters = this.#slot('value')
    const part = await this.#accumulate.run(
      { ...feeds, ...parameters, ...this.#sums.current },
      { into: this.#sums.next },
    )
    this.#sums.swap()
    this.#pending++
    const loss = scalarOf(part['loss'])
    if (this.#pending < accumulate) return { loss, updated: false, learningRate: rate }
    const applied = await this.#apply(this.#sums.current, rate)
    this.#sums.clear()
    this.#pending = 0
    return { ...applied, loss }
  }

  /** The parameters as they are now, by name. The tensors are copies. */
  parameters(): Record<string, Tensor> {
    return copied(this.#slot('value'))
  }

  /** The running averages of the parameters, by name; throws where none are kept. */
  averages(): Record<string, Tensor> {
    if (this.#options.emaDecay === undefined) {
      throw new RuntimeError('wrong-feed', 'This training keeps no averages: create it with emaDecay')
    }
    return copied(this.#slot('ema'))
  }

  /** All that is needed to continue (with `stepsDone`): parameters, averages and what the optimizer keeps. Copies. */
  state(): Record<string, Tensor> {
    return copied(this.#state.current)
  }

  async dispose(): Promise<void> {
    await this.#update.dispose()
    await this.#accumulate?.dispose()
  }

  async #apply(feeds: Feeds, rate: number): Promise<StepResult> {
    const scalars = {
      'optimizer.learningRate': float32([], [rate]),
      'optimizer.step': float32([], [this.#steps + 1]),
    }
    const known = new Set(this.#update.inputs.map(({ name }) => name))
    const needed = Object.entries({ ...scalars, ...this.#state.current }).filter(([name]) => known.has(name))
    const results = await this.#update.run({ ...feeds, ...Object.fromEntries(needed) }, { into: this.#state.next })
    this.#state.swap()
    this.#steps++
    const norm = results['gradientNorm']
    const result = { loss: results['loss'] ? scalarOf(results['loss']) : NaN, updated: true, learningRate: rate }
    return norm ? { ...result, gradientNorm: scalarOf(norm) } : result
  }

  #slot(slot: string): Record<string, Tensor> {
    const own = this.#entries.filter((entry) => entry.slot === slot)
    return Object.fromEntries(
      own.flatMap(({ parameter, input }) => {
        const tensor = this.#state.current[input]
        return tensor ? [[parameter, tensor] as const] : []
      }),
    )
  }
}

/** A parameter begins as given; an average begins as its parameter; what the optimizer keeps begins as zeros. */
function initialOf(
  { parameter, slot, input, shape }: StateEntry,
  initial: Readonly<Record<string, AnyTensor>>,
): Tensor {
  const given = initial[input] ?? (slot === 'ema' ? initial[parameter] : undefined)
  if (!given) {
    if (slot !== 'value') return zeros('float32', shape)
    throw new RuntimeError('wrong-feed', `Training needs a first value of "${parameter}" [${shape.join(', ')}]`)
  }
  if (given.dtype !== 'float32' || given.shape.join() !== shape.join()) {
    throw new RuntimeError(
      'wrong-feed',
      `The first value of "${input}" is ${given.dtype} [${given.shape.join(', ')}], but training needs float32 [${shape.join(', ')}]`,
    )
  }
  return float32(shape, Float32Array.from(given.data))
}

function copied(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]) => [name, float32(shape, Float32Array.from(data))]),
  )
}

function scalarOf(tensor: AnyTensor | undefined): number {
  return Number(tensor?.data[0])
}
