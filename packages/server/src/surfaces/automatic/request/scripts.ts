import type { JsonObject, JsonValue } from '@patchbay/engine/workflow'
import { isJsonObject } from '../../../is-json-object.ts'

const isUnset = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || value === false || ['', 'none'].includes(String(value).toLowerCase())

/** A unit of ControlNet, a detector of ADetailer and their like: idle where it says so, or names no model. */
function isUnitActive(unit: JsonObject): boolean {
  if ([unit['enabled'], unit['is_enabled'], unit['enable']].includes(false)) return false
  const named = ['ad_model', 'model', 'module'].filter((key) => Object.hasOwn(unit, key))
  if (named.length > 0) return named.some((key) => !isUnset(unit[key]))
  return Object.keys(unit).length > 0
}

/** Clients send the scripts that they know switched off: without arguments, or with `false` as the first. */
function isScriptActive(script: JsonValue): boolean {
  const given = isJsonObject(script) && Object.hasOwn(script, 'args') ? script['args'] : script
  const list = Array.isArray(given) ? given : isJsonObject(given) ? [given] : []
  if (list[0] === false) return false
  const units = list.filter(isJsonObject)
  return units.length > 0 ? units.some(isUnitActive) : list.some((argument) => !isUnset(argument))
}

/** The scripts of `alwayson_scripts` that would change the picture, a sentence each. */
export function findActiveScripts(scripts: JsonValue): string[] {
  if (!isJsonObject(scripts)) {
    return Array.isArray(scripts) && scripts.length === 0
      ? []
      : ['alwayson_scripts: expected an object of scripts by name, each { "args": […] }.']
  }
  return Object.entries(scripts)
    .filter(([, script]) => isScriptActive(script))
    .map(([name]) => `alwayson_scripts.${name}: there is no such script here.`)
}
