// The real program in a pseudo-terminal under random bytes and resizes: it lives until it is told to end, and gives the terminal back.
import type { Chance } from '../fuzz/chance.js'
import { inputOf } from './keys.js'
import { RealProgram } from './real-program.js'

const STARTS = [[], ['lab', 'sandbox'], ['lab', 'flat-dhcp', '--mouse'], ['learn', 'linux-primitives/veth'], ['shell', 'sandbox']]

export async function ptyRun(program: string, chance: Chance, inputs: number): Promise<string[]> {
  const args = chance.pick(STARTS)
  const real = new RealProgram({ program, args })
  real.isPlain = args[0] === 'shell'
  const found: string[] = []
  try {
    await real.until(/sandbox:~#|root@|Linux primitives/)
    for (let i = 0; i < inputs && real.file('after') === ''; i++) {
      if (chance.percent(8)) real.resize(chance.between(1, 220), chance.between(1, 70))
      // Ctrl-D and the keys that end it are for the end.
      else real.child.write(inputOf(chance).toString('latin1'))
      await new Promise((resolve) => setTimeout(resolve, chance.below(12)))
      if (real.file('stopped') !== '') break
    }
    await new Promise((resolve) => setTimeout(resolve, 300))
    for (const signal of ['SIGCONT', 'SIGTERM'] as const) if (real.file('after') === '') real.signal(signal)
    if (real.file('stopped') !== '') real.child.write('\n')
    await real.until(() => real.file('after') !== '', 10)
    const code = real.file('code').trim()
    if (!/^code-(0|143|1)$/.test(code) && !real.isPlain) found.push(`${args.join(' ')}: ${code}`)
    for (const what of await real.notRestored()) found.push(`${args.join(' ')}: left behind: ${what}`)
    if (real.modesOf('after') !== real.modesOf('before')) found.push(`${args.join(' ')}: other modes`)
    if (/^netlab: .*Error/m.test(real.all)) found.push(`${args.join(' ')}: ${/^netlab: .*Error.*$/m.exec(real.all)?.[0]}`)
  } catch (error) {
    found.push(`${args.join(' ')}: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    real.close()
  }
  return found
}
