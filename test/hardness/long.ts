// `npm run hardness -- long [SCENARIO|terminal|packets]... [--minutes N] [--record]`: hours of virtual time with captures on; what is held
// must not grow. `terminal` and `packets` are the screen left open, at a hundred times the speed.
import { setFlagsFromString } from 'node:v8'
import { LabRun } from './long/lab-run.js'
import { growthOf, type Sample } from './long/sample.js'
import { LongScreen } from './long/screen-run.js'
import { recordRow } from './record.js'

/** Megabytes of heap an hour that count as flat: logs and journals of the lab are data, and named. */
const FLAT_MB = 1
/** The first half fills what is bounded: packets behind F5 in a lab, ten thousand lines of ping in a terminal. */
const MINUTES = { lab: 120, screen: 360 }

export async function long(words: readonly string[]): Promise<number> {
  // What the compilers of JavaScript make is no data of the lab, and takes hours to settle: another 1 MB in the second of them.
  for (const flag of ['--no-opt', '--no-sparkplug']) setFlagsFromString(flag)
  const at = words.indexOf('--minutes')
  const named = words.filter((word, i) => !word.startsWith('--') && words[i - 1] !== '--minutes')
  let isFlat = true
  for (const what of named.length > 0 ? named : ['flat-dhcp', 'dvr-fip', 'terminal', 'packets']) {
    const begun = Date.now()
    const minutes = at < 0 ? MINUTES[isScreen(what) ? 'screen' : 'lab'] : Number(words[at + 1])
    const { samples, events } = await runOf(what, minutes)
    const growth = growthOf(samples)
    isFlat &&= growth < FLAT_MB
    const figures = samples.filter((_, i) => i % 3 === 0).map(({ heapMb }) => heapMb)
    const last = samples.at(-1)!
    const row = `| ${new Date().toISOString().slice(0, 10)} | ${what} | ${minutes} | ${Math.round((Date.now() - begun) / 1000)} | ${events} | ${figures.join(', ')} | ${growth.toFixed(1)} | ${last.outsideMb} | ${last.rssMb} |\n`
    process.stdout.write(row)
    if (words.includes('--record')) recordRow('long', row)
  }
  return isFlat ? 0 : 1
}

function isScreen(what: string): what is 'terminal' | 'packets' {
  return what === 'terminal' || what === 'packets'
}

async function runOf(what: string, minutes: number): Promise<{ samples: readonly Sample[]; events: number | string }> {
  const every = Math.max(1, minutes / 12)
  if (isScreen(what)) {
    const run = new LongScreen(what)
    await run.run(minutes, every)
    if (process.env['NETLAB_SHOW']) process.stderr.write(`${await run.text()}\n`)
    await run.close()
    return { samples: run.samples, events: '-' }
  }
  const run = new LabRun(what)
  await run.run(minutes, every)
  const { samples, steps } = run
  for (const shell of run.openShells) if (!shell.isBusy) process.stderr.write(`${shell.node}: back at its prompt, nothing runs\n`)
  run.close()
  return { samples, events: steps }
}
