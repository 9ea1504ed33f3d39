import { WeightError } from './weight-error.ts'

/** What a pickle names by module and attribute. It is never looked up or called here. */
export interface PickleGlobal {
  readonly kind: 'global'
  readonly name: string
}

/** What may come out of a pickle beyond plain values. */
export interface PickleRules {
  readonly title: string
  /** What calling `callable` with these arguments gives, or a `WeightError`. */
  make(callable: string, args: readonly unknown[]): unknown
  /** What a persistent id stands for. */
  load(id: unknown): unknown
}

/** A pickle's dictionary, also an OrderedDict. */
export type PickleDict = Map<unknown, unknown>

const mark = Symbol('mark')

export const isGlobal = (value: unknown): value is PickleGlobal =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'global'

const tooLarge = 2 ** 53

/**
 * Reads a Python pickle as data. Only plain values, containers and what `rules` makes can come out: no name is looked
 * up, nothing is called, and an opcode outside those that torch.save writes is refused.
 */
export function unpickle(bytes: Uint8Array, rules: PickleRules): unknown {
  const { title } = rules
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const stack: unknown[] = []
  const memo = new Map<number, unknown>()
  let argumentBudget = 1 << 24
  let at = 0

  const malformed = (what: string): never => {
    throw new WeightError('malformed', `${title}: its pickle is damaged: ${what}`)
  }
  const take = (count: number): number => {
    if (count < 0 || at + count > bytes.byteLength)
      malformed(`it ends at byte ${bytes.byteLength}, in the middle of a value`)
    at += count
    return at - count
  }
  const uint8 = (): number => view.getUint8(take(1))
  const uint32 = (): number => view.getUint32(take(4), true)
  const size64 = (): number => {
    const size = view.getBigUint64(take(8), true)
    return size < tooLarge ? Number(size) : malformed('a length is beyond all bounds')
  }
  const text = (length: number): string => {
    const start = take(length)
    return new TextDecoder().decode(bytes.subarray(start, start + length))
  }
  const raw = (length: number): Uint8Array => {
    const start = take(length)
    return bytes.subarray(start, start + length)
  }
  const line = (): string => {
    const end = bytes.indexOf(10, at)
    if (end < 0) malformed('a name has no end')
    const found = text(end - at)
    at = end + 1
    return found
  }
  const pop = (): unknown =>
    stack.length === 0 || stack.at(-1) === mark ? malformed('a value is missing') : stack.pop()
  const top = (): unknown =>
    stack.length === 0 || stack.at(-1) === mark ? malformed('a value is missing') : stack.at(-1)
  const popToMark = (): unknown[] => {
    const start = stack.lastIndexOf(mark)
    if (start < 0) malformed('a mark is missing')
    const items = stack.splice(start)
    items.shift()
    return items
  }
  const integer = (length: number): number | bigint => {
    let value = 0n
    for (const byte of raw(length).toReversed()) value = (value << 8n) | BigInt(byte)
    const signed = BigInt.asIntN(length * 8, value)
    return signed > -tooLarge && signed < tooLarge ? Number(signed) : signed
  }
  const setAll = (items: readonly unknown[]): void => {
    const dict = top()
    if (!(dict instanceof Map)) return void malformed('it sets a key of what is no dictionary')
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(items[i], items[i + 1])
  }
  const append = (items: readonly unknown[]): void => {
    const list = top()
    if (!Array.isArray(list)) return void malformed('it appends to what is no list')
    for (const item of items) list.push(item)
  }
  const call = (args: unknown, callable: unknown): unknown => {
    if (!isGlobal(callable) || !Array.isArray(args)) return malformed('it calls what is no function')
    // One list can be handed to any number of calls, each of which may copy it.
    const [first] = args as readonly unknown[]
    argumentBudget -= args.length + (Array.isArray(first) ? first.length : 0)
    if (argumentBudget < 0)
      throw new WeightError('refused', `${title}: the calls of its pickle take arguments beyond measure`)
    return rules.make(callable.name, args)
  }
  const global = (module: unknown, name: unknown): PickleGlobal =>
    typeof module === 'string' && typeof name === 'string'
      ? { kind: 'global', name: `${module}.${name}` }
      : malformed('a function has a name that is no text')
  const recall = (index: number): unknown =>
    memo.has(index) ? memo.get(index) : malformed('it recalls what it never kept')

  for (;;) {
    const opcode = uint8()
    switch (opcode) {
      case 0x80: // PROTO
        take(1)
        break
      case 0x95: // FRAME
        take(8)
        break
      case 0x2e: // STOP
        return pop()
      case 0x28: // MARK
        stack.push(mark)
        break
      case 0x30: // POP
        stack.pop()
        break
      case 0x31: // POP_MARK
        popToMark()
        break
      case 0x32: // DUP
        stack.push(top())
        break
      case 0x4e: // NONE
        stack.push(null)
        break
      case 0x88: // NEWTRUE
      case 0x89: // NEWFALSE
        stack.push(opcode === 0x88)
        break
      case 0x4b: // BININT1
        stack.push(uint8())
        break
      case 0x4d: // BININT2
        stack.push(view.getUint16(take(2), true))
        break
      case 0x4a: // BININT
        stack.push(view.getInt32(take(4), true))
        break
      case 0x8a: // LONG1
        stack.push(integer(uint8()))
        break
      case 0x47: // BINFLOAT
        stack.push(view.getFloat64(take(8)))
        break
      case 0x58: // BINUNICODE
      case 0x54: // BINSTRING
        stack.push(text(uint32()))
        break
      case 0x8c: // SHORT_BINUNICODE
      case 0x55: // SHORT_BINSTRING
        stack.push(text(uint8()))
        break
      case 0x8d: // BINUNICODE8
        stack.push(text(size64()))
        break
      case 0x42: // BINBYTES
        stack.push(raw(uint32()))
        break
      case 0x43: // SHORT_BINBYTES
        stack.push(raw(uint8()))
        break
      case 0x8e: // BINBYTES8
        stack.push(raw(size64()))
        break
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        stack.push([])
        break
      case 0x7d: // EMPTY_DICT
        stack.push(new Map())
        break
      case 0x8f: // EMPTY_SET
        stack.push([])
        break
      case 0x74: // TUPLE
      case 0x6c: // LIST
      case 0x91: // FROZENSET
        stack.push(popToMark())
        break
      case 0x85: // TUPLE1
        stack.push([pop()])
        break
      case 0x86: // TUPLE2
        stack.push([pop(), pop()].reverse())
        break
      case 0x87: // TUPLE3
        stack.push([pop(), pop(), pop()].reverse())
        break
      case 0x61: // APPEND
        append([pop()])
        break
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        append(popToMark())
        break
      case 0x73: // SETITEM
        setAll([pop(), pop()].reverse())
        break
      case 0x75: // SETITEMS
        setAll(popToMark())
        break
      case 0x71: // BINPUT
        memo.set(uint8(), top())
        break
      case 0x72: // LONG_BINPUT
        memo.set(uint32(), top())
        break
      case 0x94: // MEMOIZE
        memo.set(memo.size, top())
        break
      case 0x68: // BINGET
        stack.push(recall(uint8()))
        break
      case 0x6a: // LONG_BINGET
        stack.push(recall(uint32()))
        break
      case 0x63: // GLOBAL
        stack.push(global(line(), line()))
        break
      case 0x93: {
        // STACK_GLOBAL
        const name = pop()
        stack.push(global(pop(), name))
        break
      }
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        stack.push(call(pop(), pop()))
        break
      case 0x51: // BINPERSID
        stack.push(rules.load(pop()))
        break
      case 0x62: // BUILD: attributes beside the weights, such as a state dict's version table
        pop()
        top()
        break
      default:
        throw new WeightError(
          'refused',
          `${title}: its pickle has opcode 0x${opcode.toString(16)}, which torch.save never writes for weights`,
        )
    }
  }
}
