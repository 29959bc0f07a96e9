// A filter expression as a function over packets, or libpcap's refusal.
import { FilterError } from './lexer.js'
import { Parser } from './parser.js'
import { CompilerState, type FilterContext } from './state.js'
import { canPass, compileTest, type FilterPacket, OUT_OF_BYTES, Run } from './tests.js'

export type PacketFilter = (packet: FilterPacket) => boolean

/** A text is the reason for a refusal, in libpcap's words. */
export function compileFilter(expression: string, context: FilterContext): PacketFilter | string {
  try {
    const state = new CompilerState(context)
    const test = new Parser(expression, state).parse()
    if (test === null) return () => true
    if (state.optimised && !canPass(test)) return 'expression rejects all packets'
    return runner(compileTest(test))
  } catch (error) {
    if (error instanceof FilterError) return error.message
    throw error
  }
}

function runner(passes: (run: Run) => boolean): PacketFilter {
  const run = new Run()
  return (packet) => {
    run.packet = packet
    run.registers.fill(0)
    try {
      return passes(run)
    } catch (error) {
      if (error === OUT_OF_BYTES) return false
      throw error
    }
  }
}
