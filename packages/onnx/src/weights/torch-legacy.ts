import { bitsOf } from '../tensor/dtype.ts'
import type { ByteOrigin } from './byte-origin.ts'
import { isCount } from './json-shape.ts'
import { PickleBytes } from './pickle-bytes.ts'
import { isGlobal } from './pickle-machine.ts'
import {
  maxPickleBytes,
  type Storage,
  type StoragePlace,
  storageType,
  torchRules,
  torchWeights,
} from './torch-values.ts'
import { unpickleNext } from './unpickle.ts'
import { WeightError } from './weight-error.ts'
import type { WeightSource } from './weight-source.ts'

/** What torch.save put before everything else until torch 1.6. */
const magic = 0x1950a86a20f9469cfc6cn
const protocol = 1001
const firstWindow = 2 ** 20

/** A storage that pickles refer to; where it lies is known once all of them have been read. */
interface LegacyStorage extends StoragePlace {
  offset: number
  readonly count: number
  readonly width: number
}

/**
 * Reads a checkpoint of torch before 1.6: five pickles one after another (a magic number, the version, the machine, the
 * object, the keys of its storages), then for each key a count of 8 bytes and the elements. They are read as data, as
 * those of later files are.
 */
export function readLegacyTorch(origin: ByteOrigin): WeightSource {
  const most = Math.min(origin.size, maxPickleBytes)
  // The pickles come first and do not say how long they are.
  for (let window = Math.min(firstWindow, most); ; window = Math.min(16 * window, most)) {
    try {
      return readWindow(origin, origin.read(0, window))
    } catch (error) {
      const isCut = error instanceof WeightError && error.code === 'malformed' && window < most
      if (!isCut) throw error
    }
  }
}

function readWindow(origin: ByteOrigin, window: Uint8Array): WeightSource {
  const { title } = origin
  const bytes = new PickleBytes(window, title)
  const storages = new Map<string, LegacyStorage>()
  const rules = torchRules(title, (id) => loaded(title, storages, id))
  if (unpickleNext(bytes, rules) !== magic) {
    throw new WeightError('unsupported', `${title} is a Python pickle, but none that torch.save wrote`)
  }
  const version = unpickleNext(bytes, rules)
  if (version !== protocol) {
    throw new WeightError(
      'unsupported',
      `${title} has version ${String(version)} of torch's older format; only ${protocol} is read`,
    )
  }
  const machine = unpickleNext(bytes, rules)
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw new WeightError('unsupported', `${title} was saved on a big-endian machine; its bytes are not swapped here`)
  }
  const root = unpickleNext(bytes, rules)
  placeStorages(origin, storages, unpickleNext(bytes, rules), bytes.position)
  return torchWeights(origin, root)
}

/** What a persistent id stands for: a storage, a stretch of one, or the class of a module. */
function loaded(title: string, storages: Map<string, LegacyStorage>, id: unknown): unknown {
  const [tag, type, key, , count, view]: unknown[] = Array.isArray(id) ? id : []
  if (tag === 'module') return type
  if (tag !== 'storage' || !isGlobal(type) || typeof key !== 'string' || !isCount(count)) {
    throw new WeightError('malformed', `${title}: its pickle refers to something that is no tensor storage`)
  }
  const dtype = storageType(title, type.name)
  const width = dtype ? bitsOf(dtype) / 8 : 1
  const whole = storages.get(key) ?? { offset: 0, length: count * width, count, width }
  storages.set(key, whole)
  return { kind: 'storage', dtype, entry: stretchOf(title, whole, view) } satisfies Storage
}

function stretchOf(title: string, whole: LegacyStorage, view: unknown): StoragePlace {
  if (!Array.isArray(view)) return whole
  const [, start, count]: unknown[] = view
  if (!isCount(start) || !isCount(count) || start + count > whole.count) {
    throw new WeightError('malformed', `${title}: its pickle describes a view of a storage that is none`)
  }
  return {
    get offset() {
      return whole.offset + start * whole.width
    },
    length: count * whole.width,
  }
}

function placeStorages(
  origin: ByteOrigin,
  storages: ReadonlyMap<string, LegacyStorage>,
  keys: unknown,
  begin: number,
): void {
  const { title } = origin
  let at = begin
  for (const key of Array.isArray(keys) ? (keys as readonly unknown[]) : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage) throw new WeightError('malformed', `${title}: it lists a storage that nothing refers to`)
    const head = origin.read(at, 8)
    const count = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true)
    if (count !== BigInt(storage.count)) {
      throw new WeightError(
        'malformed',
        `${title}: a storage has ${count} elements, but its tensors expect ${storage.count}`,
      )
    }
    storage.offset = at + 8
    at += 8 + storage.length
  }
  const missing = [...storages].find(([, { offset }]) => offset === 0)
  if (missing) throw new WeightError('malformed', `${title}: storage "${missing[0]}" is not in the file`)
  if (at > origin.size) {
    throw new WeightError(
      'truncated',
      `${title}: it ends at byte ${origin.size}, but its storages reach to byte ${at}. Fetch it again.`,
    )
  }
}
