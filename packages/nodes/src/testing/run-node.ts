import {
  type NodeDefinition,
  type RunContext,
  type Inputs,
  type Outputs,
  type DynamicInputs,
  type JsonObject,
  type Preview,
  type ArtifactRef,
  Blocked,
} from '@patchbay/engine'
import type { Services } from '../host/services.ts'

export interface NodeRun {
  readonly outputs: Readonly<Record<string, unknown>>
  readonly shown: JsonObject
  readonly previews: readonly Preview[]
  readonly artifacts: readonly ArtifactRef[]
  readonly warnings: readonly string[]
  readonly steps: readonly (readonly [step: number, steps: number])[]
}

export interface NodeRunOptions {
  readonly services?: Partial<Services>
  readonly signal?: AbortSignal
  /** Inputs that the definition did not declare. */
  readonly dynamic?: Readonly<Record<string, unknown>>
}

/**
 * Runs one node by itself, defaults filled, and records what it does on the way. A service that is not given throws
 * when it is asked for.
 */
export async function runNode<I extends Inputs, O extends Outputs, D extends DynamicInputs | undefined>(
  definition: NodeDefinition<I, O, Services, D>,
  inputs: Readonly<Record<string, unknown>> = {},
  options: NodeRunOptions = {},
): Promise<NodeRun> {
  const shown: Record<string, JsonObject[string]> = {}
  const previews: Preview[] = []
  const artifacts: ArtifactRef[] = []
  const warnings: string[] = []
  const steps: [number, number][] = []
  const refuse = (what: string) => () => {
    throw new Error(`A node that runs by itself has no ${what}`)
  }
  const context = {
    signal: options.signal ?? new AbortController().signal,
    nodeId: '1',
    services: serviceGuard(options.services ?? {}),
    progress: (step: number, count: number) => void steps.push([step, count]),
    preview: (preview: Preview) => void previews.push(preview),
    artifact: (artifact: ArtifactRef) => void artifacts.push(artifact),
    show: (more: JsonObject) => void Object.assign(shown, more),
    warn: (message: string) => void warnings.push(message),
    block: (reason?: string) => new Blocked(reason),
    expand: refuse('graph'),
    graph: undefined,
    resources: {
      acquire: async <T>({ key, bytes, load }: { key: string; bytes: number; load(): T | Promise<T> }) => ({
        key,
        bytes,
        value: await load(),
      }),
    },
  }
  const values = Object.fromEntries(
    Object.entries(definition.inputs).flatMap(([name, input]) => {
      if (Object.hasOwn(inputs, name)) return [[name, inputs[name]]]
      if (input.kind === 'value') return [[name, input.receive ? input.receive(input.default) : input.default]]
      return input.list ? [[name, []]] : []
    }),
  )
  // What a test gives is checked by what it expects.
  const result = await definition.run(
    { ...values, dynamic: options.dynamic ?? {} } as never,
    context as unknown as RunContext<Services>,
  )
  if (result instanceof Blocked) return { outputs: { blocked: result }, shown, previews, artifacts, warnings, steps }
  return { outputs: { ...result }, shown, previews, artifacts, warnings, steps }
}

/** All services but the precision are always there. */
function serviceGuard(given: Partial<Services>): Services {
  return new Proxy(given, {
    get(target, name) {
      const service: unknown = Reflect.get(target, name)
      if (service === undefined && name !== 'precision') throw new Error(`The test gives no service "${String(name)}"`)
      return service
    },
  }) as Services
}
