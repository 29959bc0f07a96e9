// sleep: waits in virtual time.
import type { Command } from '../../node/command.js'
import { fail, gnuTool, missingOperand, type ParsedOptions, tryHelp } from '../../node/gnu-tool.js'
import type { Process } from '../../node/process.js'
import { parseInterval } from './interval.js'

async function sleep(proc: Process, options: ParsedOptions): Promise<number> {
  if (options.operands.length === 0) return missingOperand(proc)
  let totalUs = 0
  let isWrong = false
  for (const operand of options.operands) {
    const us = parseInterval(operand)
    if (us === null) {
      fail(proc, `invalid time interval '${operand}'`)
      isWrong = true
    } else totalUs += us
  }
  if (isWrong) {
    tryHelp(proc)
    return 1
  }
  if (Number.isFinite(totalUs)) await proc.sleep(totalUs)
  else await proc.wait(() => {})
  return 0
}

export const sleepCommand: Command = gnuTool({
  name: 'sleep',
  path: '/bin/sleep',
  usage: 'sleep NUMBER[SUFFIX]...',
  options: [],
  run: sleep,
})
