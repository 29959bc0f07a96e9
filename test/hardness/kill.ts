// `npm run hardness -- kill [--kills N] [--seed N] [--record]`: kill -9 at random moments, and after each everything that was called safe is there.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Chance } from './fuzz/chance.js'
import { fill, fullDisk } from './kill/full-disk.js'
import { ProgramRounds } from './kill/program.js'
import { Rounds } from './kill/rounds.js'
import { write } from './kill/writer.js'
import { recordRow } from './record.js'

const ROOT = process.env['NETLAB_ROOT'] ?? process.cwd()
const PROGRAM = process.env['NLAB_TEST_PROGRAM'] ?? join(ROOT, 'dist/netlab.js')
/** Kills of the real program take seconds each. */
const SHARE_OF_PROGRAM = 0.1

export async function kill(words: readonly string[]): Promise<number> {
  if (words[0] === 'writer') return write(words[1] ?? 'w')
  if (words[0] === 'fill') return fill()
  const kills = numberAfter(words, '--kills', 400)
  const seed = numberAfter(words, '--seed', 1)
  const chance = new Chance(`kill ${seed}`)
  const random = (): number => chance.uint32() / 2 ** 32
  const begun = Date.now()
  const rounds = new Rounds(random)
  await rounds.run(Math.round(kills * (1 - SHARE_OF_PROGRAM)))
  const program = new ProgramRounds(PROGRAM, random)
  if (existsSync(PROGRAM)) await program.run(Math.round(kills * SHARE_OF_PROGRAM))
  else process.stderr.write('kill: the real program is left out: npm run build makes it\n')
  const full = fullDisk()
  if (full === null) process.stderr.write('kill: the full disk is left out: it needs root and unshare\n')
  const losses = [...rounds.losses, ...program.losses, ...(full ?? [])]
  const seconds = Math.round((Date.now() - begun) / 1000)
  const row = `| ${new Date().toISOString().slice(0, 10)} | ${seed} | ${rounds.kills} | ${rounds.acknowledged} | ${program.kills} | ${seconds} | ${Math.round(rounds.slowestStartMs)} / ${program.slowestStartMs} | ${losses.length} |\n`
  process.stdout.write(`${losses.map((loss) => `${loss}\n`).join('')}${row}`)
  if (words.includes('--record')) recordRow('kill', row)
  return losses.length === 0 ? 0 : 1
}

function numberAfter(words: readonly string[], name: string, otherwise: number): number {
  const at = words.indexOf(name)
  return at < 0 ? otherwise : Number(words[at + 1])
}
