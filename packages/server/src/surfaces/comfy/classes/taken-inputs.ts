import type { ComfyClass, ComfyClasses } from './comfy-class.ts'

/**
 * The names of the inputs that a class hands on to native nodes. What is given at any other input changes nothing here.
 * `readByOthers` are those that other classes read of a node that is linked to them.
 */
export function takenInputs({ parts }: Pick<ComfyClass, 'parts'>, readByOthers: ReadonlySet<string>): Set<string> {
  const names = Object.values(parts).flatMap(({ inputs }) =>
    Object.values(inputs).flatMap((source) => {
      if ('via' in source) return [source.via]
      if ('inputs' in source) return [...source.inputs]
      return 'input' in source ? [source.input] : []
    }),
  )
  return new Set([...names, ...readByOthers])
}

/** The inputs that guiders, samplers and noise are read by, through a link to them. */
export function inputsReadByOthers(classes: ComfyClasses): Set<string> {
  const sources = [...classes.values()].flatMap(({ parts }) =>
    Object.values(parts).flatMap(({ inputs }) => Object.values(inputs)),
  )
  return new Set(sources.flatMap((source) => ('via' in source ? [...source.of] : [])))
}
