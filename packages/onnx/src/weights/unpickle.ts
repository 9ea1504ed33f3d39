import { PickleBytes } from './pickle-bytes.ts'
import { PickleMachine, type PickleRules } from './pickle-machine.ts'
import { WeightError } from './weight-error.ts'

const stop = 0x2e

/** The opcodes that torch.save writes, by number, and under the names of Python's `pickletools`. */
const steps: Readonly<Record<number, (machine: PickleMachine, bytes: PickleBytes) => void>> = {
  0x80: (_, bytes) => bytes.skip(1), // PROTO
  0x95: (_, bytes) => bytes.skip(8), // FRAME
  0x28: (machine) => machine.pushMark(), // MARK
  0x30: (machine) => machine.drop(), // POP
  0x31: (machine) => void machine.popToMark(), // POP_MARK
  0x32: (machine) => machine.push(machine.top()), // DUP

  0x4e: (machine) => machine.push(null), // NONE
  0x88: (machine) => machine.push(true), // NEWTRUE
  0x89: (machine) => machine.push(false), // NEWFALSE
  0x4b: (machine, bytes) => machine.push(bytes.uint8()), // BININT1
  0x4d: (machine, bytes) => machine.push(bytes.uint16()), // BININT2
  0x4a: (machine, bytes) => machine.push(bytes.int32()), // BININT
  0x8a: (machine, bytes) => machine.push(bytes.integer(bytes.uint8())), // LONG1
  0x47: (machine, bytes) => machine.push(bytes.float64()), // BINFLOAT
  0x58: (machine, bytes) => machine.push(bytes.text(bytes.uint32())), // BINUNICODE
  0x54: (machine, bytes) => machine.push(bytes.text(bytes.uint32())), // BINSTRING
  0x8c: (machine, bytes) => machine.push(bytes.text(bytes.uint8())), // SHORT_BINUNICODE
  0x55: (machine, bytes) => machine.push(bytes.text(bytes.uint8())), // SHORT_BINSTRING
  0x8d: (machine, bytes) => machine.push(bytes.text(bytes.size64())), // BINUNICODE8
  0x42: (machine, bytes) => machine.push(bytes.raw(bytes.uint32())), // BINBYTES
  0x43: (machine, bytes) => machine.push(bytes.raw(bytes.uint8())), // SHORT_BINBYTES
  0x8e: (machine, bytes) => machine.push(bytes.raw(bytes.size64())), // BINBYTES8

  0x5d: (machine) => machine.push([]), // EMPTY_LIST
  0x29: (machine) => machine.push([]), // EMPTY_TUPLE
  0x8f: (machine) => machine.push([]), // EMPTY_SET
  0x7d: (machine) => machine.push(new Map()), // EMPTY_DICT
  0x74: (machine) => machine.push(machine.popToMark()), // TUPLE
  0x6c: (machine) => machine.push(machine.popToMark()), // LIST
  0x91: (machine) => machine.push(machine.popToMark()), // FROZENSET
  0x85: (machine) => machine.push(machine.popLast(1)), // TUPLE1
  0x86: (machine) => machine.push(machine.popLast(2)), // TUPLE2
  0x87: (machine) => machine.push(machine.popLast(3)), // TUPLE3
  0x61: (machine) => machine.append(machine.popLast(1)), // APPEND
  0x65: (machine) => machine.append(machine.popToMark()), // APPENDS
  0x90: (machine) => machine.append(machine.popToMark()), // ADDITEMS
  0x73: (machine) => machine.setAll(machine.popLast(2)), // SETITEM
  0x75: (machine) => machine.setAll(machine.popToMark()), // SETITEMS

  0x71: (machine, bytes) => machine.keep(bytes.uint8()), // BINPUT
  0x72: (machine, bytes) => machine.keep(bytes.uint32()), // LONG_BINPUT
  0x94: (machine) => machine.keep(), // MEMOIZE
  0x68: (machine, bytes) => machine.recall(bytes.uint8()), // BINGET
  0x6a: (machine, bytes) => machine.recall(bytes.uint32()), // LONG_BINGET

  0x63: (machine, bytes) => machine.pushGlobal(bytes.line(), bytes.line()), // GLOBAL
  0x93: (machine) => {
    const [module, name] = machine.popLast(2)
    machine.pushGlobal(module, name)
  }, // STACK_GLOBAL
  0x52: (machine) => machine.call(), // REDUCE
  0x81: (machine) => machine.call(), // NEWOBJ
  0x51: (machine) => machine.push(machine.rules.load(machine.pop())), // BINPERSID
  // BUILD: attributes, such as a state dict's version table, or what a container of parameters holds.
  0x62: (machine) => {
    const state = machine.pop()
    machine.rules.build?.(machine.top(), state)
  },
}

/**
 * Reads a Python pickle as data. Only plain values, containers and what `rules` makes can come out: no name is looked
 * up, nothing is called, and an opcode outside those that torch.save writes is refused.
 */
export function unpickle(source: Uint8Array, rules: PickleRules): unknown {
  return unpickleNext(new PickleBytes(source, rules.title), rules)
}

/** Reads the pickle that begins where `bytes` stand, up to its end. */
export function unpickleNext(bytes: PickleBytes, rules: PickleRules): unknown {
  const machine = new PickleMachine(bytes, rules)
  for (let opcode = bytes.uint8(); opcode !== stop; opcode = bytes.uint8()) {
    const step = steps[opcode]
    if (!step) {
      const name = `0x${opcode.toString(16)}`
      const reason = `its pickle has opcode ${name}, which torch.save never writes for weights`
      throw new WeightError('refused', `${rules.title}: ${reason}`)
    }
    step(machine, bytes)
  }
  return machine.pop()
}
